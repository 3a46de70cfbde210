using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Text.Json;

namespace KmsTools.Keys;

/// <summary>A parsed statement of a key policy.</summary>
internal sealed class KeyPolicyStatement
{
    private readonly Part _principals;
    private readonly Part _actions;
    private readonly Part _resources;

    private KeyPolicyStatement(JsonElement json)
    {
        RequireMembers(
            json,
            "A statement of the key policy",
            "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition");
        if (json.TryGetProperty("Sid", out JsonElement sid) && sid.ValueKind != JsonValueKind.String)
        {
            throw KmsErrors.MalformedPolicy("The Sid of a statement of the key policy must be a string.");
        }

        IsAllow = Effect(json);
        _principals = Part.Read(json, "Principal", Principals) ?? throw InvalidPrincipals();

        // A statement without actions or resources is accepted and never applies.
        _actions = Part.Read(json, "Action", static value => Texts(value, "Action")) ?? new Part([], false);
        _resources = Part.Read(json, "Resource", static value => Texts(value, "Resource")) ?? new Part([], false);
        if (json.TryGetProperty("Condition", out JsonElement conditions))
        {
            RequireConditions(conditions);
            IsConditional = conditions.EnumerateObject().Any();
        }
    }

    /// <summary>Whether the statement allows; it denies otherwise.</summary>
    public bool IsAllow { get; }

    /// <summary>Whether it has conditions.</summary>
    public bool IsConditional { get; }

    /// <summary>Reads a statement.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static KeyPolicyStatement Parse(JsonElement json) => new(json);

    /// <summary>Refuses anything but an object with members of these names.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static void RequireMembers(JsonElement json, string subject, params ReadOnlySpan<string> names)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw KmsErrors.MalformedPolicy($"{subject} must be a JSON object.");
        }

        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (!names.Contains(member.Name))
            {
                throw KmsErrors.MalformedPolicy($"{subject} has the unknown element {member.Name}.");
            }
        }
    }

    /// <summary>Whether the statement applies to this caller, action and key.</summary>
    public bool AppliesTo(string callerArn, string action, string keyArn) =>
        _principals.Applies(principal => principal == "*" || KmsTools.Keys.Principals.Covers(principal, callerArn))
        && _actions.Applies(pattern => FileSystemName.MatchesSimpleExpression(pattern, action, ignoreCase: true))
        && _resources.Applies(pattern => FileSystemName.MatchesSimpleExpression(pattern, keyArn, ignoreCase: false));

    private static bool Effect(JsonElement json) =>
        (json.TryGetProperty("Effect", out JsonElement effect) && effect.ValueKind == JsonValueKind.String
            ? effect.GetString()
            : null) switch
        {
            "Allow" => true,
            "Deny" => false,
            _ => throw KmsErrors.MalformedPolicy("The Effect of a statement of the key policy must be Allow or Deny."),
        };

    private static ImmutableArray<string> Principals(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String && json.ValueEquals("*"))
        {
            return ["*"];
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw InvalidPrincipals();
        }

        List<string> principals = [];
        foreach (JsonProperty kind in json.EnumerateObject())
        {
            ImmutableArray<string> names = Texts(kind.Value, "Principal");
            if (!names.All(name => IsPrincipal(kind.Name, name)))
            {
                throw InvalidPrincipals();
            }

            principals.AddRange(names);
        }

        return principals.Count > 0 ? [.. principals] : throw InvalidPrincipals();
    }

    private static bool IsPrincipal(string kind, string name) => kind switch
    {
        "AWS" => name == "*" || KmsTools.Keys.Principals.IsAccountOrIdentity(name),
        "Service" => KmsTools.Keys.Principals.IsService(name),
        _ => false,
    };

    private static void RequireConditions(JsonElement conditions)
    {
        if (conditions.ValueKind != JsonValueKind.Object
            || !conditions.EnumerateObject().All(static condition => condition.Value.ValueKind == JsonValueKind.Object))
        {
            throw KmsErrors.MalformedPolicy("The Condition of a statement of the key policy must be an object of objects.");
        }

        foreach (JsonProperty condition in conditions.EnumerateObject())
        {
            foreach (JsonProperty key in condition.Value.EnumerateObject())
            {
                RequireConditionValue(key);
                if (condition.Name.StartsWith("ForAllValues:", StringComparison.OrdinalIgnoreCase) && SingleValued(key.Name) is { } subject)
                {
                    throw KmsErrors.MalformedPolicy(
                        $"OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches "
                            + $"requests without the specified {subject} or with an unspecified {subject}. To fix, remove ForAllValues.");
                }
            }
        }
    }

    private static void RequireConditionValue(JsonProperty key)
    {
        if (!(key.Value.ValueKind == JsonValueKind.Array ? key.Value.EnumerateArray().All(IsScalar) : IsScalar(key.Value)))
        {
            throw KmsErrors.MalformedPolicy(
                $"The value of the condition key {key.Name} must be a string, a number, a Boolean or a list of these.");
        }
    }

    private static bool IsScalar(JsonElement json) =>
        json.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    private static string? SingleValued(string conditionKey) =>
        conditionKey.StartsWith("kms:EncryptionContext:", StringComparison.OrdinalIgnoreCase) ? "encryption context"
        : conditionKey.StartsWith("aws:RequestTag/", StringComparison.OrdinalIgnoreCase) ? "tag"
        : null;

    private static ImmutableArray<string> Texts(JsonElement json, string element)
    {
        ImmutableArray<JsonElement> items = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];
        return items.All(static item => item.ValueKind == JsonValueKind.String)
            ? [.. items.Select(static item => item.GetString()!)]
            : throw KmsErrors.MalformedPolicy($"The {element} of a statement of the key policy must be a string or a list of strings.");
    }

    private static KmsException InvalidPrincipals() =>
        KmsErrors.MalformedPolicy("Policy contains a statement with one or more invalid principals.");

    /// <summary>What a statement applies to, or (with Not before the name of the element) what it does not apply to.</summary>
    private sealed record Part(ImmutableArray<string> Patterns, bool IsNegated)
    {
        public static Part? Read(JsonElement statement, string element, Func<JsonElement, ImmutableArray<string>> read)
        {
            bool isThere = statement.TryGetProperty(element, out JsonElement json);
            bool isNegated = statement.TryGetProperty("Not" + element, out JsonElement negated);
            if (isThere && isNegated)
            {
                throw KmsErrors.MalformedPolicy($"A statement of the key policy has both {element} and Not{element}.");
            }

            return isThere || isNegated ? new Part(read(isNegated ? negated : json), isNegated) : null;
        }

        public bool Applies(Func<string, bool> matches) => Patterns.Any(matches) != IsNegated;
    }
}
