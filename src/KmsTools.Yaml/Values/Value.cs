using KmsTools.Identifiers;

namespace KmsTools.Yaml;

/// <summary>The kinds of values that several members have.</summary>
internal static class Value
{
    /// <summary>Text that may look like a number or a truth value.</summary>
    public static readonly TextFormat Text = new(TextFormat.Any);

    /// <summary>Text that never looks like anything else.</summary>
    public static readonly TextFormat String = new("string");

    /// <summary>The name of a Region.</summary>
    public static readonly TextFormat Region = new("string")
    {
        Pattern = RegionName.Pattern,
        Refusal = RegionName.Refusal,
    };

    /// <summary>The ID of a cluster.</summary>
    public static readonly TextFormat ClusterId = new("string")
    {
        Pattern = Identifiers.ClusterId.Pattern,
        Refusal = Identifiers.ClusterId.Refusal,
    };

    /// <summary>True or false.</summary>
    public static readonly FlagFormat Flag = new();

    /// <summary>Pairs of texts.</summary>
    public static readonly PairsFormat Pairs = new();

    /// <summary>Text of a given form, which the import checks.</summary>
    /// <param name="pattern">A regular expression that JavaScript and .NET read alike.</param>
    public static TextFormat Like(string pattern) => new("string") { Pattern = pattern };

    /// <summary>One part.</summary>
    public static SinglePartFormat<T> Part<T>(PartFormat<T> part)
        where T : class => new(part);

    /// <summary>A list.</summary>
    /// <param name="item">The kind of its items.</param>
    /// <param name="emptyRefusal">What to say of an empty list, or null where it is allowed.</param>
    public static ListFormat<T> List<T>(ValueFormat<T> item, string? emptyRefusal = null)
        where T : class => new(item, emptyRefusal);

    /// <summary>A list of parts.</summary>
    public static ListFormat<T> Parts<T>(PartFormat<T> part)
        where T : class => List(Part(part));

    /// <summary>One name of an enumeration.</summary>
    public static NameFormat<T> Name<T>()
        where T : struct, Enum => new();
}
