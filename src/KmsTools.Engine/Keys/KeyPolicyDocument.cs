using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.Keys;

/// <summary>A parsed key policy. Source: "Grammar of the IAM JSON policy language", IAM User Guide.</summary>
internal sealed class KeyPolicyDocument
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly ImmutableArray<KeyPolicyStatement> _statements;

    private KeyPolicyDocument(ImmutableArray<KeyPolicyStatement> statements) => _statements = statements;

    /// <summary>Reads a document.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static KeyPolicyDocument Parse(string policy)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(policy, Strict);
        }
        catch (JsonException)
        {
            throw KmsErrors.MalformedPolicy("The key policy is not a valid JSON document.");
        }

        using (json)
        {
            return new KeyPolicyDocument(Statements(json.RootElement));
        }
    }

    /// <summary>Whether two policies are equivalent: white space and the order of members are ignored.</summary>
    public static bool IsSame(string left, string right)
    {
        using JsonDocument first = JsonDocument.Parse(left);
        using JsonDocument second = JsonDocument.Parse(right);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    /// <summary>
    /// Whether a caller may do something with a key, according to the policy alone. Conditions depend on the call: a statement
    /// with conditions can allow but cannot be relied on to deny.
    /// </summary>
    public bool Allows(string callerArn, string action, string keyArn) =>
        _statements.Any(statement => statement.IsAllow && statement.AppliesTo(callerArn, action, keyArn))
        && !_statements.Any(statement => !statement.IsAllow && !statement.IsConditional && statement.AppliesTo(callerArn, action, keyArn));

    private static ImmutableArray<KeyPolicyStatement> Statements(JsonElement root)
    {
        KeyPolicyStatement.RequireMembers(root, "The key policy", "Version", "Id", "Statement");
        if (root.TryGetProperty("Version", out JsonElement version)
            && !(version.ValueKind == JsonValueKind.String && version.GetString() is "2012-10-17" or "2008-10-17"))
        {
            throw KmsErrors.MalformedPolicy("The Version of the key policy must be 2012-10-17 or 2008-10-17.");
        }

        if (root.TryGetProperty("Id", out JsonElement id) && id.ValueKind != JsonValueKind.String)
        {
            throw KmsErrors.MalformedPolicy("The Id of the key policy must be a string.");
        }

        if (!root.TryGetProperty("Statement", out JsonElement statements))
        {
            throw KmsErrors.MalformedPolicy("The key policy has no Statement.");
        }

        return statements.ValueKind == JsonValueKind.Array
            ? [.. statements.EnumerateArray().Select(KeyPolicyStatement.Parse)]
            : [KeyPolicyStatement.Parse(statements)];
    }
}
