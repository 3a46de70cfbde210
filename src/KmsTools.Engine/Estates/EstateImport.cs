using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>
/// Brings a store to what an estate describes, change by change, each through the ordinary operations. Between two changes the store
/// is consistent, and an import that ended early is completed by the next one. Not for use by several threads at once.
/// </summary>
public sealed class EstateImport : IDisposable
{
    private readonly KmsEngine _engine;
    private readonly EstateUris _uris;
    private readonly EstateSecrets _secrets;
    private readonly EstatePlan _plan;

    private EstateImport(KmsEngine engine, EstateUris uris, EstateSecrets secrets, EstatePlan plan)
    {
        _engine = engine;
        _uris = uris;
        _secrets = secrets;
        _plan = plan;
    }

    /// <summary>The changes, in their order; what is unchanged or waiting is included.</summary>
    public ImmutableArray<EstateChange> Changes => _plan.Changes;

    /// <summary>Compares an estate with a store. Changes nothing, asks nothing, and records no event.</summary>
    /// <param name="engine">The store.</param>
    /// <param name="estate">The estate, with full paths.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="ask">Asks the user for a secret; null where no one can be asked.</param>
    /// <exception cref="EstateException">The estate cannot be applied; the exception lists all errors.</exception>
    public static EstateImport Prepare(KmsEngine engine, Estate estate, Caller? caller = null, Func<EstateQuestion, Secret>? ask = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(estate);
        EstateUris uris = EstateUris.Read(
            EstateTrustAnchors.Read(estate), new Lazy<IHsmProvider>(() => engine.Services.Hsms.Provider), engine.IsTemporary);
        EstateSecrets secrets = new(ask);
        EstatePlan plan = EstatePlan.Make(
            uris.Estate,
            EstateState.Read(engine, uris.Estate, secrets, caller ?? Caller.LocalUser(engine.Properties.AccountId)));
        if (!plan.Errors.IsEmpty)
        {
            secrets.Dispose();
            uris.Dispose();
            throw new EstateException(plan.Errors);
        }

        return new EstateImport(engine, uris, secrets, plan);
    }

    /// <summary>Whether a change can be made: what it needs exists. It does not exist where the user has declined its creation.</summary>
    public bool CanApply(EstateChange change) => change.Needs.All(need => _plan.Ids.Find(need) is not null);

    /// <summary>Makes a change.</summary>
    /// <param name="change">One of <see cref="Changes"/>, in their order.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="EstateException">The call was refused, and this change was not made.</exception>
    public EstateResult Apply(EstateChange change, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(change);
        caller = (caller ?? Caller.LocalUser(_engine.Properties.AccountId)) with
        {
            Region = change.Region is null ? null : RegionName.Parse(change.Region),
        };
        EstateRun run = new(_engine, _plan.Ids, _secrets, change, caller);
        try
        {
            foreach (EstateStep step in change.Steps)
            {
                step.Apply(run);
            }
        }
        catch (KmsException exception)
        {
            throw new EstateException([EstatePlanBuilder.Of(exception, change.Blame?.Invoke(exception) ?? change.Position)], exception);
        }
        catch (ArgumentException exception)
        {
            throw new EstateException([EstatePlanBuilder.Of(exception, change.Position)], exception);
        }
        catch (Exception exception) when (exception is HsmException or StateStoreException)
        {
            throw new EstateException([new EstateError(change.Position, exception.Message)], exception);
        }

        return Result(change);
    }

    /// <summary>The result, past or future, of a change that needs no call.</summary>
    public EstateResult Result(EstateChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        string? id = _plan.Ids.Find(change.Owner);
        string? region = change.Owner is EstateKey { Region: { } replica } && change.Kind == EstateKind.Replica
            ? replica.Value
            : change.Region;
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
        _secrets.Dispose();
        _uris.Dispose();
    }
}
