namespace KmsTools.Authorization;

/// <summary>How the values of a call are compared with those of a policy.</summary>
internal enum Comparison
{
    /// <summary>Equal texts.</summary>
    Text,

    /// <summary>Equal texts, regardless of case.</summary>
    TextIgnoreCase,

    /// <summary>Texts that fit a pattern.</summary>
    Like,

    /// <summary>ARNs that fit a pattern part by part.</summary>
    Arn,

    /// <summary>true or false.</summary>
    Bool,

    /// <summary>Decimal numbers.</summary>
    Numeric,

    /// <summary>Times.</summary>
    Date,

    /// <summary>Addresses in a block of addresses.</summary>
    IpAddress,

    /// <summary>Bytes in Base64.</summary>
    Binary,

    /// <summary>Whether the key is absent.</summary>
    Null,
}

/// <summary>Where a number or a time has to be, seen from the value of the policy.</summary>
internal enum Ordering
{
    /// <summary>The same.</summary>
    Equal,

    /// <summary>Less.</summary>
    Less,

    /// <summary>Less or the same.</summary>
    LessOrEqual,

    /// <summary>Greater.</summary>
    Greater,

    /// <summary>Greater or the same.</summary>
    GreaterOrEqual,
}

/// <summary>How the many values of a key are taken together.</summary>
internal enum SetQualifier
{
    /// <summary>The key has one value.</summary>
    None,

    /// <summary>Every value of the call has to fit; without any, all do.</summary>
    ForAllValues,

    /// <summary>One value of the call has to fit; without any, none does.</summary>
    ForAnyValue,
}

/// <summary>
/// A condition operator. Source: "IAM JSON policy elements: Condition operators", IAM User Guide.
/// </summary>
/// <param name="Comparison">How values are compared.</param>
/// <param name="Ordering">Where numbers and times have to be.</param>
/// <param name="IsInverted">Whether none of the values of the policy may fit, and an absent key fits.</param>
/// <param name="Qualifier">How many values are taken together.</param>
/// <param name="IfExists">Whether an absent key fits.</param>
internal readonly record struct ConditionOperator(
    Comparison Comparison, Ordering Ordering, bool IsInverted, SetQualifier Qualifier, bool IfExists)
{
    private const string ForAllValues = "ForAllValues:";
    private const string ForAnyValue = "ForAnyValue:";
    private const string IfExistsSuffix = "IfExists";

    /// <summary>Reads the name of an operator, regardless of case; null when there is none of this name.</summary>
    public static ConditionOperator? Read(string name)
    {
        SetQualifier qualifier = name.StartsWith(ForAllValues, StringComparison.OrdinalIgnoreCase) ? SetQualifier.ForAllValues
            : name.StartsWith(ForAnyValue, StringComparison.OrdinalIgnoreCase) ? SetQualifier.ForAnyValue
            : SetQualifier.None;
        string rest = qualifier == SetQualifier.None ? name : name[(name.IndexOf(':') + 1)..];
        bool ifExists = rest.EndsWith(IfExistsSuffix, StringComparison.OrdinalIgnoreCase);
        rest = ifExists ? rest[..^IfExistsSuffix.Length] : rest;
        (Comparison Comparison, Ordering Ordering, bool IsInverted)? known = rest.ToUpperInvariant() switch
        {
            "STRINGEQUALS" => (Comparison.Text, Ordering.Equal, false),
            "STRINGNOTEQUALS" => (Comparison.Text, Ordering.Equal, true),
            "STRINGEQUALSIGNORECASE" => (Comparison.TextIgnoreCase, Ordering.Equal, false),
            "STRINGNOTEQUALSIGNORECASE" => (Comparison.TextIgnoreCase, Ordering.Equal, true),
            "STRINGLIKE" => (Comparison.Like, Ordering.Equal, false),
            "STRINGNOTLIKE" => (Comparison.Like, Ordering.Equal, true),
            "ARNEQUALS" or "ARNLIKE" => (Comparison.Arn, Ordering.Equal, false),
            "ARNNOTEQUALS" or "ARNNOTLIKE" => (Comparison.Arn, Ordering.Equal, true),
            "BOOL" => (Comparison.Bool, Ordering.Equal, false),
            "NUMERICEQUALS" => (Comparison.Numeric, Ordering.Equal, false),
            "NUMERICNOTEQUALS" => (Comparison.Numeric, Ordering.Equal, true),
            "NUMERICLESSTHAN" => (Comparison.Numeric, Ordering.Less, false),
            "NUMERICLESSTHANEQUALS" => (Comparison.Numeric, Ordering.LessOrEqual, false),
            "NUMERICGREATERTHAN" => (Comparison.Numeric, Ordering.Greater, false),
            "NUMERICGREATERTHANEQUALS" => (Comparison.Numeric, Ordering.GreaterOrEqual, false),
            "DATEEQUALS" => (Comparison.Date, Ordering.Equal, false),
            "DATENOTEQUALS" => (Comparison.Date, Ordering.Equal, true),
            "DATELESSTHAN" => (Comparison.Date, Ordering.Less, false),
            "DATELESSTHANEQUALS" => (Comparison.Date, Ordering.LessOrEqual, false),
            "DATEGREATERTHAN" => (Comparison.Date, Ordering.Greater, false),
            "DATEGREATERTHANEQUALS" => (Comparison.Date, Ordering.GreaterOrEqual, false),
            "IPADDRESS" => (Comparison.IpAddress, Ordering.Equal, false),
            "NOTIPADDRESS" => (Comparison.IpAddress, Ordering.Equal, true),
            "BINARYEQUALS" => (Comparison.Binary, Ordering.Equal, false),
            "NULL" when !ifExists => (Comparison.Null, Ordering.Equal, false),
            _ => null,
        };
        return known is { } found ? new ConditionOperator(found.Comparison, found.Ordering, found.IsInverted, qualifier, ifExists) : null;
    }
}
