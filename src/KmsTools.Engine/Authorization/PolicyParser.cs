using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.Authorization;

/// <summary>
/// Reads policies, and refuses those that AWS refuses. Source: "Grammar of the IAM JSON policy language", IAM User Guide, and "Key policies
/// in AWS KMS", AWS KMS Developer Guide.
/// </summary>
internal sealed class PolicyParser
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    private readonly PolicyForm _form;
    private readonly PolicyKind _kind;
    private readonly string _name;
    private readonly bool _isStored;
    private readonly string _subject;
    private bool _hasVariables;

    /// <summary>A parser for one policy.</summary>
    /// <param name="form">What the policy is attached to.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isStored">Whether it was saved before, so that nothing can be refused that was accepted at some time.</param>
    public PolicyParser(PolicyForm form, PolicyKind kind, string name, bool isStored)
    {
        (_form, _kind, _name, _isStored) = (form, kind, name, isStored);
        _subject = (form, kind) switch
        {
            (PolicyForm.Key, _) => "key policy",
            (PolicyForm.Trust, _) => "trust policy",
            (_, PolicyKind.PermissionsBoundary) => "permissions boundary",
            (_, PolicyKind.Session) => "session policy",
            (_, PolicyKind.ServiceControl) => "service control policy",
            (_, PolicyKind.ResourceControl) => "resource control policy",
            _ => "identity policy",
        };
    }

    private bool HasPrincipals => _form != PolicyForm.Identity;

    /// <summary>The statements of a document, in their order.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public ImmutableArray<PolicyStatement> Parse(string policy)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(policy, s_strict);
            return Document(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or (InvalidOperationException and not KmsException))
        {
            // The second is for names and values that end in the midst of a character (a lone surrogate).
            throw KmsErrors.MalformedPolicy($"The {_subject} is not a valid JSON document.");
        }
    }

    private ImmutableArray<PolicyStatement> Document(JsonElement root)
    {
        RequireMembers(root, $"The {_subject}", "Version", "Id", "Statement");
        if (root.TryGetProperty("Version", out JsonElement version)
            && !(version.ValueKind == JsonValueKind.String && version.GetString() is "2012-10-17" or "2008-10-17"))
        {
            throw KmsErrors.MalformedPolicy($"The Version of the {_subject} must be 2012-10-17 or 2008-10-17.");
        }

        if (root.TryGetProperty("Id", out JsonElement id) && id.ValueKind != JsonValueKind.String)
        {
            throw KmsErrors.MalformedPolicy($"The Id of the {_subject} must be a string.");
        }

        if (!root.TryGetProperty("Statement", out JsonElement statements))
        {
            throw KmsErrors.MalformedPolicy($"The {_subject} has no Statement.");
        }

        // Older documents, and those without a version, have no variables: theirs are literal text.
        _hasVariables = version.ValueKind == JsonValueKind.String && version.ValueEquals("2012-10-17");
        return statements.ValueKind == JsonValueKind.Array
            ? [.. statements.EnumerateArray().Select((statement, index) => Statement(statement, index + 1))]
            : [Statement(statements, 1)];
    }

    private PolicyStatement Statement(JsonElement json, int number)
    {
        RequireMembers(
            json,
            $"A statement of the {_subject}",
            "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition");
        if (json.TryGetProperty("Sid", out JsonElement sid) && sid.ValueKind != JsonValueKind.String)
        {
            throw KmsErrors.MalformedPolicy($"The Sid of a statement of the {_subject} must be a string.");
        }

        bool isAllow = Effect(json);
        ImmutableArray<PrincipalPattern>? principals = Principals(json, out bool isNotPrincipal);

        // A statement of a key policy without actions or resources is accepted and never applies.
        ImmutableArray<string> actions = Texts(json, "Action", "actions", out bool isNotAction);
        ImmutableArray<string> resources = Texts(json, "Resource", "resources", out bool isNotResource);
        bool hasConditions = json.TryGetProperty("Condition", out JsonElement conditions);
        PatternSyntax syntax = new(HasWildcards: true, HasVariables: false, _form);
        return new PolicyStatement
        {
            Reference = new StatementReference(
                _kind, _name, sid.ValueKind == JsonValueKind.String ? sid.GetString() : null, number, isAllow),
            Principals = principals,
            IsNotPrincipal = isNotPrincipal,
            Actions = [.. actions.Select(action => new TextPattern(PatternToken.Read(action, syntax)))],
            IsNotAction = isNotAction,
            Resources = _form == PolicyForm.Trust ? null : [.. resources.Select(text => ArnPattern.Read(text, _hasVariables, _form))],
            IsNotResource = isNotResource,
            Conditions = hasConditions
                ? new ConditionParser(_subject, _form, _hasVariables, _isStored).Parse(conditions, isAllow)
                : [],
        };
    }

    private bool Effect(JsonElement json)
    {
        string? effect = json.TryGetProperty("Effect", out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        return (effect, _form) switch
        {
            ("Allow", PolicyForm.ResourceControl) => throw KmsErrors.MalformedPolicy(
                $"The Effect of a statement of the {_subject} must be Deny."),
            ("Allow", _) => true,
            ("Deny", _) => false,
            _ => throw KmsErrors.MalformedPolicy($"The Effect of a statement of the {_subject} must be Allow or Deny."),
        };
    }

    private ImmutableArray<PrincipalPattern>? Principals(JsonElement statement, out bool isNegated)
    {
        JsonElement? json = Either(statement, "Principal", out isNegated);
        if (!HasPrincipals)
        {
            return json is null ? null : throw KmsErrors.MalformedPolicy("Policy document should not specify a principal.");
        }

        ImmutableArray<PrincipalPattern> principals = json is { } found ? Principals(found) : throw InvalidPrincipals();
        return _form != PolicyForm.ResourceControl || (!isNegated && principals is [var only] && only == PrincipalPattern.Everybody)
            ? principals
            : throw KmsErrors.MalformedPolicy($"The Principal of a statement of the {_subject} must be *.");
    }

    private ImmutableArray<PrincipalPattern> Principals(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String && json.ValueEquals("*"))
        {
            return [PrincipalPattern.Everybody];
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw InvalidPrincipals();
        }

        ImmutableArray<PrincipalPattern> principals =
        [
            .. json.EnumerateObject().SelectMany(type => Texts(type.Value, "Principal").Select(
                name => PrincipalPattern.Read(type.Name, name, _form) ?? throw InvalidPrincipals())),
        ];
        return principals.IsEmpty ? throw InvalidPrincipals() : principals;
    }

    private ImmutableArray<string> Texts(JsonElement statement, string element, string plural, out bool isNegated)
    {
        JsonElement? json = Either(statement, element, out isNegated);
        if (json is not null && _form == PolicyForm.Trust && element == "Resource")
        {
            throw KmsErrors.MalformedPolicy("Has prohibited field Resource");
        }

        bool isRequired = _form != PolicyForm.Key && !(_form == PolicyForm.Trust && element == "Resource");
        return json is { } found ? Texts(found, element)
            : isRequired ? throw KmsErrors.MalformedPolicy($"Policy statement must contain {plural}.")
            : [];
    }

    private ImmutableArray<string> Texts(JsonElement json, string element)
    {
        ImmutableArray<JsonElement> items = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];
        return items.All(static item => item.ValueKind == JsonValueKind.String)
            ? [.. items.Select(static item => item.GetString()!)]
            : throw KmsErrors.MalformedPolicy($"The {element} of a statement of the {_subject} must be a string or a list of strings.");
    }

    // The element, or the one with Not before its name. Without either the statement applies to nothing.
    private JsonElement? Either(JsonElement statement, string element, out bool isNegated)
    {
        bool isThere = statement.TryGetProperty(element, out JsonElement json);
        isNegated = statement.TryGetProperty("Not" + element, out JsonElement negated);
        return isThere && isNegated ? throw KmsErrors.MalformedPolicy($"A statement of the {_subject} has both {element} and Not{element}.")
            : isNegated ? negated
            : isThere ? json
            : null;
    }

    private static void RequireMembers(JsonElement json, string subject, params ReadOnlySpan<string> names)
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

    private static KmsException InvalidPrincipals() =>
        KmsErrors.MalformedPolicy("Policy contains a statement with one or more invalid principals.");
}
