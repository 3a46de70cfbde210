using System.Collections.Immutable;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A part of a YAML text.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record YamlNode(SourcePosition Position);

/// <summary>A scalar.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Text">Its text, without quotes.</param>
/// <param name="IsPlain">Whether it has neither quotes nor a block indicator, so that it may be a number, true, false or null.</param>
internal sealed record YamlText(SourcePosition Position, string Text, bool IsPlain) : YamlNode(Position)
{
    /// <summary>Whether it is null (YAML 1.2, core schema).</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The Boolean value, or null if it is not one (YAML 1.2, core schema).</summary>
    public bool? Flag => !IsPlain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };
}

/// <summary>A sequence.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Items">Its items.</param>
internal sealed record YamlList(SourcePosition Position, ImmutableArray<YamlNode> Items) : YamlNode(Position);

/// <summary>A mapping.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Entries">Its entries, with different keys.</param>
internal sealed record YamlMap(SourcePosition Position, ImmutableArray<YamlEntry> Entries) : YamlNode(Position);

/// <summary>An entry of a mapping.</summary>
/// <param name="Position">Where its key begins.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
internal sealed record YamlEntry(SourcePosition Position, string Key, YamlNode Value);
