using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KmsTools.Yaml;

/// <summary>Writes YAML 1.2 that has the same meaning for readers of YAML 1.1.</summary>
internal sealed partial class YamlWriter
{
    private readonly Emitter _emitter;

    private YamlWriter(TextWriter writer) => _emitter = new Emitter(
        writer, new EmitterSettings(
            bestIndent: 2,
            bestWidth: int.MaxValue,
            isCanonical: false,
            maxSimpleKeyLength: 1024,
            skipAnchorName: false,
            indentSequences: true,
            newLine: "\n"));

    /// <summary>A document as text, which ends with a line feed.</summary>
    /// <param name="comment">A comment before it, or null.</param>
    /// <param name="write">Writes its one node.</param>
    public static string Document(string? comment, Action<YamlWriter> write)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        if (comment is not null)
        {
            text.Write($"# {comment}\n");
        }

        YamlWriter writer = new(text);
        writer.Emit(new StreamStart());
        writer.Emit(new DocumentStart(null, null, isImplicit: true));
        write(writer);
        writer.Emit(new DocumentEnd(isImplicit: true));
        writer.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>Writes a mapping.</summary>
    /// <param name="write">Writes names and values alternately.</param>
    public void Map(Action write)
    {
        Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        write();
        Emit(new MappingEnd());
    }

    /// <summary>Writes a list.</summary>
    /// <param name="onOneLine">Whether it is written on one line.</param>
    /// <param name="write">Writes the items.</param>
    public void List(bool onOneLine, Action write)
    {
        Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, onOneLine ? SequenceStyle.Flow : SequenceStyle.Block));
        write();
        Emit(new SequenceEnd());
    }

    /// <summary>Writes a value that needs no quotes: the name of a member, a number, true or false.</summary>
    public void Plain(string text) =>
        Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));

    /// <summary>
    /// Writes text. Text that other readers would interpret as another type is quoted; multi-line text keeps its lines if YAML allows it.
    /// </summary>
    public void Text(string text)
    {
        ScalarStyle style = !IsPrintable(text) || Ambiguous().IsMatch(text) || text.Trim() != text
            || text.Contains(": ", StringComparison.Ordinal)
            || text.Contains(" #", StringComparison.Ordinal)
            ? text.Contains('\n', StringComparison.Ordinal) && IsPrintable(text) && !NoBlock().IsMatch(text)
                ? ScalarStyle.Literal
                : ScalarStyle.DoubleQuoted
            : text.Contains('\n', StringComparison.Ordinal) ? NoBlock().IsMatch(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Literal
            : ScalarStyle.Any;
        Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }

    private static bool IsPrintable(
        string text) =>
            text.All(static c => c == '\n' || (!char.IsControl(c) && !char.IsSurrogate(c)
                && c is not ('\u0085' or '\u2028' or '\u2029' or '\uFEFF')));

    private void Emit(ParsingEvent part) => _emitter.Emit(part);

    // What YAML 1.1, or the core schema of YAML 1.2, interprets as null, a Boolean, a number, a date or a merge key.
    [GeneratedRegex(
        @"^(|~|null|true|false|yes|no|on|off|y|n|<<|=|[-+.]?[0-9][0-9a-fx_.:eET+Z -]*|[-+]?\.(inf|nan))\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();

    // A block cannot express that its first line begins with a space or that it ends with several line breaks.
    [GeneratedRegex(@"\A[ \n]|\n\n\z|[ \t]\n|[ \t]\z")]
    private static partial Regex NoBlock();
}
