using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>
/// Brings a store to what an estate describes, change by change, each through the ordinary operations. Between two changes the store
/// is consistent, and an import that ended early is finished by the next one. Not for use by several threads at once.
/// </summary>
public sealed class EstateImport : IDisposable
{
    private readonly KmsEngine _engine;
    private readonly EstateUris _uris;
    private readonly EstatePins _pins;
    private readonly EstatePlan _plan;

    private EstateImport(KmsEngine engine, EstateUris uris, EstatePins pins, EstatePlan plan)
    {
        _engine = engine;
        _uris = uris;
        _pins = pins;
        _plan = plan;
    }

    /// <summary>The changes, in their order; what is unchanged or waits is among them.</summary>
    public ImmutableArray<EstateChange> Changes => _plan.Changes;

    /// <summary>Compares an estate with a store. Changes nothing, asks nothing, and records no event.</summary>
    /// <param name="engine">The store.</param>
    /// <param name="estate">The estate, with full paths.</param>
    /// <param name="caller">Who will make the calls; null for the user of the operating system.</param>
    /// <param name="askForPin">Asks the user for the PIN of a cluster (its ID is given); null where nobody can be asked.</param>
    /// <exception cref="EstateException">The estate cannot be brought about; it tells all that is wrong.</exception>
    public static EstateImport Prepare(KmsEngine engine, Estate estate, Caller? caller = null, Func<string, Secret>? askForPin = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(estate);
        EstateUris uris = EstateUris.Read(estate, new Lazy<IHsmProvider>(() => engine.Hsms.Provider), engine.IsTemporary);
        var pins = new EstatePins(askForPin);
        EstatePlan plan = EstatePlan.Make(uris.Estate, EstateState.Read(engine, uris.Estate, pins, caller ?? Caller.LocalUser(engine.Properties.AccountId)));
        if (!plan.Errors.IsEmpty)
        {
            pins.Dispose();
            uris.Dispose();
            throw new EstateException(plan.Errors);
        }

        return new EstateImport(engine, uris, pins, plan);
    }

    /// <summary>Whether a change can be made: what it needs exists. It does not where the user has declined its creation.</summary>
    public bool CanApply(EstateChange change) => change.Needs.All(need => _plan.Ids.Find(need) is not null);

    /// <summary>Makes a change.</summary>
    /// <param name="change">One of <see cref="Changes"/>, in their order.</param>
    /// <param name="caller">Who makes the call; null for the user of the operating system.</param>
    /// <exception cref="EstateException">The call was refused, and this change was not made.</exception>
    public EstateResult Apply(EstateChange change, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(change);
        caller = (caller ?? Caller.LocalUser(_engine.Properties.AccountId)) with { Region = change.Region };
        try
        {
            if (change.Request is not null)
            {
                Call(change, change.Request(_plan.Ids), caller);
            }

            if (change.Then is not null)
            {
                Call(change, change.Then(_plan.Ids), caller);
            }
        }
        catch (KmsException error)
        {
            throw new EstateException([EstatePlanBuilder.Of(error, change.Blame?.Invoke(error) ?? change.Position)], error);
        }
        catch (ArgumentException error)
        {
            throw new EstateException([EstatePlanBuilder.Of(error, change.Position)], error);
        }
        catch (Exception error) when (error is HsmException or StateStoreException)
        {
            throw new EstateException([new EstateError(change.Position, error.Message)], error);
        }

        return Result(change);
    }

    /// <summary>What came, or comes, of a change that needs no call.</summary>
    public EstateResult Result(EstateChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        string? id = _plan.Ids.Find(change.Owner);
        string? region = change.Owner is EstateKey { Region: { } replica } && change.Kind == EstateKind.Replica ? replica.Value : change.Region;
        string? keyId = change.Owner is EstateKey ? id : null;
        return new EstateResult
        {
            Kind = change.Kind,
            Name = change.Name,
            Action = change.Action,
            Description = change.Description,
            Region = region,
            KeyId = keyId,
            Arn = keyId is null ? null : KeyIdentifier.KeyArn(region!, _engine.Properties.AccountId, keyId),
            CustomKeyStoreId = change.Owner is EstateKeyStore ? id : null,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pins.Dispose();
        _uris.Dispose();
    }

    private void Call(EstateChange change, object request, Caller caller)
    {
        switch (request)
        {
            case RegisterCluster register:
                _plan.Ids[change.Owner] = Register(register.Cluster);
                break;
            case ConfigureCluster configure:
                _engine.HsmClusters.Configure(configure.ClusterId, configure.CommandsFromElsewhere, configure.HighAvailability, configure.ManagePassword);
                break;
            case MakeKeyStore make:
                _plan.Ids[change.Owner] = _engine.Execute(
                    new CreateCustomKeyStoreRequest
                    {
                        CustomKeyStoreName = make.Store.Name.Value,
                        CloudHsmClusterId = make.Cluster.Id.Value,
                        TrustAnchorCertificate = TrustAnchor(make.Cluster.Id.Value),
                        KeyStorePassword = _pins.Get(make.Cluster.Pin!, make.Cluster.Id.Value),
                    },
                    caller).CustomKeyStoreId;
                break;
            case ChangePin pin:
                _engine.Execute(
                    new UpdateCustomKeyStoreRequest { CustomKeyStoreId = pin.CustomKeyStoreId, KeyStorePassword = _pins.Get(pin.Cluster.Pin!, pin.Cluster.Id.Value) },
                    caller);
                break;
            case ConnectKeyStore connect:
                Connect(change, connect.CustomKeyStoreId, caller);
                break;
            case SetAlarm alarm:
                _engine.Alarms.Set(alarm.Name, alarm.Definition);
                break;
            case ImportMaterial import:
                Import(import, caller);
                break;
            default:
                object response = _engine.Execute(OperationCatalog.ForRequest(request), request, caller);
                if (response is CreateKeyResponse created)
                {
                    _plan.Ids[change.Owner] = created.KeyMetadata.KeyId;
                }
                else if (response is ReplicateKeyResponse replicated)
                {
                    _plan.Ids[change.Owner] = replicated.ReplicaKeyMetadata.KeyId;
                }

                break;
        }
    }

    private string Register(EstateCluster cluster)
    {
        EstatePin? pin = cluster.HasPinOfUri ? cluster.Pin : null;
        using var named = new NamedTokens(
            cluster.Library.Value,
            [.. cluster.Tokens.Select(static token => new NamedToken(token.Selector, token.Library?.Value, token.IsUri))],
            pin is { Source: EstatePinSource.File } ? pin.Name : null,
            pin?.Clear?.Use(Secret.CopyOf));
        return _engine.HsmClusters.Register(
            named,
            cluster.Id.Value,
            cluster.TrustAnchorCertificate?.Value,
            cluster.HighAvailability is { Value: true },
            cluster.ManagePassword is { Value: true },
            cluster.CommandsFromElsewhere?.Value ?? 0).ClusterId;
    }

    private string? TrustAnchor(string clusterId)
    {
        using IStateReader state = _engine.OpenReader();
        return state.FindCluster(clusterId)?.TrustAnchorCertificate;
    }

    // The operation answers also when the attempt failed.
    private void Connect(EstateChange change, string customKeyStoreId, Caller caller)
    {
        _engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = customKeyStoreId }, caller);
        using IStateReader state = _engine.OpenReader();
        CustomKeyStore? store = state.FindCustomKeyStore(change.Region!, customKeyStoreId);
        if (store is not { ConnectionState: ConnectionStateType.CONNECTED })
        {
            throw new EstateException(
            [
                new EstateError(
                    change.Position,
                    $"The custom key store {change.Name} could not be connected: {store?.ConnectionErrorCode?.ToString() ?? store?.ConnectionState.ToString() ?? "it is gone"}.",
                    Cause: ErrorCause.KeyStoreNotConnected),
            ]);
        }
    }

    private void Import(ImportMaterial import, Caller caller)
    {
        GetParametersForImportResponse parameters = _engine.Execute(
            new GetParametersForImportRequest
            {
                KeyId = import.KeyId,
                WrappingAlgorithm = nameof(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256),
                WrappingKeySpec = nameof(WrappingKeySpec.RSA_2048),
            },
            caller);
        byte[] publicKey = parameters.PublicKey.ToArray();
        _engine.Execute(
            new ImportKeyMaterialRequest
            {
                KeyId = import.KeyId,
                ImportToken = parameters.ImportToken.ToArray(),
                EncryptedKeyMaterial = import.Material.Bytes.Use(bytes => MaterialWrapping.Wrap(publicKey, AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, bytes)),
                ExpirationModel = nameof(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE),
            },
            caller);
    }
}
