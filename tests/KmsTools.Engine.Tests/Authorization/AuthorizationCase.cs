using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KmsTools.Identifiers;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Authorization;

/// <summary>A case of authorization.jsonl in a real store: its keys, principals and grants, and its call.</summary>
internal sealed class AuthorizationCase(KmsFixture kms, JsonElement json)
{
    private static readonly RegionName Oregon = RegionName.Parse("us-west-2");

    // Makes the keys and the ciphertexts, before anything restricts it.
    private static readonly Caller Setup = new() { PrincipalArn = "arn:aws:iam::111122223333:user/setup", Region = Oregon };

    private readonly Dictionary<string, Grant> _grants = [];

    private JsonElement Call => json.GetProperty("call");

    private JsonElement Given => json.GetProperty("given");

    /// <summary>Whether the key belongs to another account, so that it cannot be in the store.</summary>
    public static bool IsElsewhere(JsonElement json) => json.GetProperty("given").GetProperty("keys").EnumerateArray()
        .Any(static key => key.GetProperty("account").GetString() != KmsFixture.Account);

    /// <summary>Prepares the store.</summary>
    /// <returns>The request and its caller.</returns>
    public (object Request, Caller Caller) Prepare()
    {
        foreach (JsonElement key in Given.GetProperty("keys").EnumerateArray())
        {
            Create(key);
        }

        JsonObject request = JsonNode.Parse(Call.GetProperty("request").GetRawText())!.AsObject();
        ReplaceCiphertexts(request);
        using (IStateTransaction transaction = kms.Engine.Store.BeginTransaction())
        {
            foreach (JsonElement key in Given.GetProperty("keys").EnumerateArray())
            {
                Restrict(transaction, key);
            }

            foreach (JsonElement grant in Given.GetProperty("grants").EnumerateArray())
            {
                Insert(transaction, grant);
            }

            foreach (Principal principal in Principals())
            {
                transaction.PutPrincipal(principal);
            }

            transaction.WriteAuthorization(Settings());
            transaction.Commit();
        }

        Type type = OperationCatalog.Find(Call.GetProperty("operation").GetString()!)!.RequestType;
        ReplaceGrants(request);
        return (request.Deserialize(type)!, Caller());
    }

    /// <summary>The reason as the case spells it, in which grants have short names.</summary>
    public string ReasonOf(AccessDecision decision) =>
        decision.GrantId is { } id ? decision.Reason.Replace(id, _grants.Single(grant => grant.Value.GrantId == id).Key, StringComparison.Ordinal) : decision.Reason;

    /// <summary>The request of a decision about a key that is not in the store.</summary>
    public AccessRequest OutsideOfTheStore()
    {
        JsonElement key = Given.GetProperty("keys")[0];
        Caller caller = Caller();
        Principal[] principals = [.. Principals()];
        PrincipalArn principal = CallerIdentity.Parse(caller.PrincipalArn)!;
        return new AccessRequest
        {
            Principal = principal,
            Issuer = principal.Kind == PrincipalKind.AssumedRole ? CallerIdentity.Parse(principals[0].Arn) : null,
            Action = "kms:" + Call.GetProperty("operation").GetString(),
            Resource = key.GetProperty("arn").GetString()!,
            ResourceAccount = AccountId.Parse(key.GetProperty("account").GetString()),
            ResourcePolicy = PolicyDocument.Parse(key.GetProperty("policy").GetRawText(), PolicyForm.Key, PolicyKind.ResourceBased, "default"),
            IdentityPolicies = [.. principals.SelectMany(static principal => principal.Policies)
                .Select(static policy => PolicyDocument.Parse(policy.Value, PolicyForm.Identity, PolicyKind.IdentityBased, policy.Key))],
            Context = new NoContext(),
        };
    }

    private void Create(JsonElement key)
    {
        string id = key.GetProperty("id").GetString()!;
        Caller caller = Setup with { Region = RegionName.Parse(key.GetProperty("region").GetString()) };
        if (caller.Region != Oregon)
        {
            kms.Engine.Execute(new ReplicateKeyRequest { KeyId = id, ReplicaRegion = caller.Region.ToString() }, Setup);
            return;
        }

        kms.Engine.Execute(
            new CreateKeyRequest
            {
                KeySpec = key.GetProperty("keySpec").GetString(),
                KeyUsage = key.GetProperty("keyUsage").GetString(),
                Origin = key.GetProperty("origin").GetString(),
                MultiRegion = key.GetProperty("multiRegion").GetBoolean(),
                Fixed = new FixedKey(id, null),
            },
            caller);
        foreach (JsonElement alias in key.GetProperty("aliases").EnumerateArray())
        {
            kms.Engine.Execute(new CreateAliasRequest { AliasName = alias.GetString(), TargetKeyId = id }, caller);
        }

        if (key.TryGetProperty("lastUsedDaysAgo", out JsonElement days))
        {
            kms.Engine.Execute(new EncryptRequest { KeyId = id, Plaintext = [1] }, caller);
            kms.StepDays(days.GetDouble());
        }
    }

    private static void Restrict(IStateTransaction transaction, JsonElement json)
    {
        Key key = transaction.FindKey(json.GetProperty("region").GetString()!, json.GetProperty("id").GetString()!)!;
        Key restricted = key with
        {
            Policy = json.GetProperty("policy").GetRawText(),
            Tags = [.. json.GetProperty("tags").EnumerateObject().Select(static tag => new KeyTag(tag.Name, tag.Value.GetString()!))],
            KeyManager = Enum.Parse<KeyManagerType>(json.GetProperty("keyManager").GetString()!),
            IsEnabled = json.GetProperty("state").GetString() == "Enabled",
            MultiRegionKeyType = json.TryGetProperty("multiRegionKeyType", out JsonElement type)
                ? Enum.Parse<MultiRegionKeyType>(type.GetString()!)
                : key.MultiRegionKeyType,
        };
        if (restricted.KeyManager == key.KeyManager)
        {
            transaction.UpdateKey(restricted);
            return;
        }

        // Who manages a key does not change.
        transaction.DeleteKey(key);
        transaction.InsertKey(restricted);
    }

    private void Insert(IStateTransaction transaction, JsonElement json)
    {
        string name = json.GetProperty("id").GetString()!;
        Grant grant = new()
        {
            Region = Oregon,
            KeyId = KeyIdentifier.KeyIdOf(json.GetProperty("key").GetString()!),
            GrantId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            CreationDate = kms.Engine.UtcNow,
            Grantee = Principal(json.GetProperty("grantee")),
            Retiring = json.TryGetProperty("retiring", out JsonElement retiring) ? Principal(retiring) : null,
            Operations = [.. json.GetProperty("operations").EnumerateArray().Select(static operation => Enum.Parse<GrantOperation>(operation.GetString()!))],
            Constraints = json.TryGetProperty("constraints", out JsonElement constraints) ? constraints.Deserialize<GrantConstraints>() : null,
        };
        _grants[name] = grant;

        // A grant that is not visible yet is not there, but for a call that brings its token.
        if (!json.TryGetProperty("visible", out JsonElement visible) || visible.GetBoolean() || Call.GetRawText().Contains($"\"{name}\"", StringComparison.Ordinal))
        {
            transaction.InsertGrant(grant);
        }
    }

    private static GrantPrincipal Principal(JsonElement json) => new(json.GetString()!, !json.GetString()!.StartsWith("arn:", StringComparison.Ordinal));

    // Everybody whom the case does not give policies has none.
    private IEnumerable<Principal> Principals()
    {
        JsonElement given = Given.GetProperty("principals");
        string caller = Call.GetProperty("principal").GetString()!;
        if (CallerIdentity.Parse(caller) is { Kind: PrincipalKind.AssumedRole } session)
        {
            caller = $"arn:aws:iam::{session.AccountId}:role/{session.Name}";
        }

        IEnumerable<string> arns = given.EnumerateObject().Select(static principal => principal.Name).Append(caller).Distinct();
        foreach ((int number, string arn) in arns.Index())
        {
            PrincipalArn parsed = CallerIdentity.Parse(arn)!;
            if (parsed is not { Kind: PrincipalKind.User or PrincipalKind.Role }
                || (arn == caller && given.EnumerateObject().Any(other => CallerIdentity.Parse(other.Name) is { } one && arn != other.Name && one.Kind == parsed.Kind && one.Name.Equals(parsed.Name, StringComparison.OrdinalIgnoreCase))))
            {
                continue;
            }

            JsonElement json = given.TryGetProperty(arn, out JsonElement described) ? described : JsonElement.Parse("""{"policies":[]}""");
            bool isRole = parsed.Kind == PrincipalKind.Role;
            yield return new Principal
            {
                Type = isRole ? PrincipalType.Role : PrincipalType.User,
                Name = parsed.Name,
                Path = parsed.Path,
                AccountId = parsed.AccountId,
                UniqueId = string.Create(CultureInfo.InvariantCulture, $"{(isRole ? "AROA" : "AIDA")}{number:D17}"),
                CreationDate = kms.Engine.UtcNow,
                Policies = Texts(json.GetProperty("policies")).Index().ToImmutableSortedDictionary(
                    static policy => $"policy{policy.Index}", static policy => policy.Item, StringComparer.Ordinal),
                PermissionsBoundary = json.TryGetProperty("boundary", out JsonElement boundary) ? boundary.GetRawText() : null,
                Tags = json.TryGetProperty("tags", out JsonElement tags)
                    ? [.. tags.EnumerateObject().Select(static tag => new KeyTag(tag.Name, tag.Value.GetString()!))]
                    : [],
                TrustPolicy = isRole ? """{"Version":"2012-10-17","Statement":[]}""" : null,
            };
        }
    }

    private AuthorizationSettings Settings() => new()
    {
        ServiceControlPolicies = Given.TryGetProperty("serviceControlPolicies", out JsonElement service)
            ? [.. service.GetProperty(KmsFixture.Account).EnumerateArray().Select(static level => Texts(level))]
            : [],
        ResourceControlPolicies = Given.TryGetProperty("resourceControlPolicies", out JsonElement resource)
            ? Texts(resource.GetProperty(KmsFixture.Account))
            : [],
    };

    private Caller Caller() => new()
    {
        PrincipalArn = Call.GetProperty("principal").GetString()!,
        Region = RegionName.Parse(Call.GetProperty("region").GetString()),
        Facts = Call.TryGetProperty("context", out JsonElement context)
            ? context.EnumerateObject().ToImmutableDictionary(static key => key.Name, static key => ImmutableArray.Create(key.Value.GetString()!))
            : ImmutableDictionary<string, ImmutableArray<string>>.Empty,
        Session = Call.TryGetProperty("sessionPolicies", out JsonElement policies)
            ? new CallerSession
            {
                IssuerArn = "arn:aws:iam::111122223333:role/dev",
                IssueTime = kms.Engine.UtcNow,
                Expiration = kms.Engine.UtcNow.AddHours(1),
                Policies = Texts(policies),
            }
            : null,
    };

    private void ReplaceCiphertexts(JsonObject request)
    {
        if (request["CiphertextBlob"]?["$ciphertextOf"]?.GetValue<string>() is not { } key)
        {
            return;
        }

        JsonNode? context = request["EncryptionContext"] ?? request["SourceEncryptionContext"];
        EncryptResponse response = kms.Engine.Execute(
            new EncryptRequest
            {
                KeyId = key,
                Plaintext = [1, 2, 3],
                EncryptionContext = context?.Deserialize<Dictionary<string, string>>(),
                EncryptionAlgorithm = (request["EncryptionAlgorithm"] ?? request["SourceEncryptionAlgorithm"])?.GetValue<string>(),
            },
            Setup);
        request["CiphertextBlob"] = Convert.ToBase64String(response.CiphertextBlob.ToArray());
    }

    private void ReplaceGrants(JsonObject request)
    {
        if (request["GrantId"]?.GetValue<string>() is { } grantId)
        {
            request["GrantId"] = _grants[grantId].GrantId;
        }

        if (request["GrantToken"]?["$tokenOf"]?.GetValue<string>() is { } token)
        {
            request["GrantToken"] = GrantToken.Make(kms.Engine.Services.Secrets, _grants[token]);
        }

        if (Call.TryGetProperty("grantTokens", out JsonElement tokens))
        {
            request["GrantTokens"] = new JsonArray([.. tokens.EnumerateArray()
                .Select(token => JsonValue.Create(GrantToken.Make(kms.Engine.Services.Secrets, _grants[token.GetString()!])))]);
        }

        if (request["Policy"] is JsonObject hint && hint["$policy"] is { } policy)
        {
            request["Policy"] = policy.ToJsonString();
        }

        if (request["ValidTo"]?.GetValue<long>() is { } validTo)
        {
            request["ValidTo"] = DateTimeOffset.FromUnixTimeSeconds(validTo);
        }
    }

    private static ImmutableArray<string> Texts(JsonElement json) => [.. json.EnumerateArray().Select(static item => item.GetRawText())];

    private sealed class NoContext : IRequestContext
    {
        public ConditionValues? Find(string key) => null;
    }
}
