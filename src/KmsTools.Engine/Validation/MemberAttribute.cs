namespace KmsTools.Validation;

/// <summary>The forms of a key reference that a request member accepts.</summary>
public enum KeyReferenceForms
{
    /// <summary>The member does not name a key.</summary>
    None,

    /// <summary>Key ID or key ARN.</summary>
    IdOrArn,

    /// <summary>Key ID, key ARN, alias name or alias ARN.</summary>
    Any,
}

/// <summary>The constraints of one request member, as the API model of AWS KMS (2014-11-01) states them.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MemberAttribute : Attribute
{
    /// <summary>The member must be present.</summary>
    public bool Required { get; init; }

    /// <summary>Smallest number, or shortest length of text, blob or list. Negative: no bound.</summary>
    public long Min { get; init; } = -1;

    /// <summary>Largest number, or greatest length of text, blob or list. Negative: no bound.</summary>
    public long Max { get; init; } = -1;

    /// <summary>Shortest length of each text in a list. Negative: no bound.</summary>
    public int ItemMin { get; init; } = -1;

    /// <summary>Greatest length of each text in a list. Negative: no bound.</summary>
    public int ItemMax { get; init; } = -1;

    /// <summary>A regular expression, exactly as in the model, that the whole text must match.</summary>
    public string? Pattern { get; init; }

    /// <summary>The enumeration whose names are the only values of the text, or of each text in a list.</summary>
    public Type? Values { get; init; }

    /// <summary>The value is never echoed in an error and never recorded.</summary>
    public bool Sensitive { get; init; }

    /// <summary>The value stays out of audit events. Blobs and sensitive members always do.</summary>
    public bool Unlogged { get; init; }

    /// <summary>What audit events show if the request omits the member, a text or a truth value; null if they omit it too.</summary>
    public object? LoggedDefault { get; init; }

    /// <summary>The property of the request whose value audit events show before <see cref="LoggedDefault"/>; null for none.</summary>
    public string? LoggedAs { get; init; }

    /// <summary>The forms of a key reference that this member accepts.</summary>
    public KeyReferenceForms Key { get; init; }
}
