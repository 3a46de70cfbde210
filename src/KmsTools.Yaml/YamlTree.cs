using System.Collections.Immutable;
using System.Text;
using KmsTools.Estates;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KmsTools.Yaml;

/// <summary>
/// Reads YAML into nodes with positions. Everything is limited, because the text may be untrusted: its size, its depth,
/// and what aliases repeat, also those in merge keys.
/// </summary>
internal sealed class YamlTree
{
    private const int MaxDepth = 32;
    private const int MaxBytes = 64 * 1024 * 1024;

    // The characters that aliases may repeat. Without a limit, a text of a few lines is expanded to more than any memory.
    private const long MaxRepeated = 16 * 1024 * 1024;

    // What a node counts besides its characters: about what it costs in memory when it is used once more.
    private const long NodeSize = 16;

    private const int ChunkLength = 64 * 1024;

    private readonly PartFormat _whole;
    private readonly EstateErrors _errors;
    private readonly Dictionary<string, (YamlNode Node, long Size)> _anchors = new(StringComparer.Ordinal);
    private readonly Scanner _scanner;
    private readonly Parser _parser;

    // The size of what was read, with all that aliases repeat, and the part of it that they repeat.
    private long _size;
    private long _repeated;

    private YamlTree(string text, PartFormat whole, EstateErrors errors)
    {
        _whole = whole;
        _errors = errors;
        _scanner = new Scanner(new StringReader(text));
        _parser = new Parser(_scanner);
    }

    private SourcePosition ScannedPosition => Position(_scanner.CurrentPosition);

    /// <summary>Reads the single document of a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="whole">What the document is, for messages about it as a whole.</param>
    /// <param name="errors">Receives the errors after which the rest can still be read.</param>
    /// <exception cref="EstateException">The text is not YAML, or has no content.</exception>
    public static YamlNode Read(Stream text, PartFormat whole, EstateErrors errors)
    {
        string content = Decode(text);
        YamlTree tree = new(content, whole, errors);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException exception)
        {
            throw FindTab(content, exception) is { } tab
                ? Refusal(tab, "This is not YAML: a tab cannot indent a line. Use spaces.")
                : Refusal(Position(exception.Start), $"This is not YAML: {exception.Message.TrimEnd('.')}.");
        }
        catch (InvalidOperationException)
        {
            // The scanner has no message for text that continues at the margin.
            throw Refusal(tree.ScannedPosition, "This is not YAML: a { or [ before this is not closed. Close it, or indent this line.");
        }
        catch (ArgumentException)
        {
            throw Refusal(tree.ScannedPosition, "This is not YAML: the tag before this, which begins with !, has no valid name.");
        }
    }

    private static string Decode(Stream text)
    {
        if (text.CanSeek && text.Length - text.Position > MaxBytes)
        {
            throw TooLarge();
        }

        using MemoryStream buffer = new();
        byte[] chunk = new byte[ChunkLength];
        for (int read = text.Read(chunk); read > 0; read = text.Read(chunk))
        {
            if (buffer.Length + read > MaxBytes)
            {
                throw TooLarge();
            }

            buffer.Write(chunk, 0, read);
        }

        ReadOnlySpan<byte> bytes = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            bytes = bytes[3..];
        }

        int line = 1;
        int column = 1;
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            {
                throw Refusal(new SourcePosition(line, column), "The file is not UTF-8 from here on. Save it as UTF-8.");
            }

            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            rest = rest[length..];
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private YamlNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            throw Empty();
        }

        YamlNode root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out DocumentStart? second))
        {
            throw Refusal(Position(second.Start), $"{_whole.Article} {_whole.Name} is one YAML document; here a second one begins.");
        }

        return root is YamlText { IsNull: true } ? throw Empty() : root;
    }

    private YamlNode ReadNode(int depth)
    {
        ParsingEvent next = _parser.Current!;
        if (depth > MaxDepth)
        {
            throw Refusal(Position(next.Start), $"This is nested more than {MaxDepth} levels deep.");
        }

        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            return Repeat(alias);
        }

        // If a mapping lacks both a name and its value, the parser continues with the end of the mapping.
        if (next is not NodeEvent node)
        {
            throw Refusal(Position(next.Start), "This is not YAML: a name or a value is missing before this.");
        }

        long before = _size;
        _size += NodeSize;
        YamlNode read = node switch
        {
            Scalar => ReadText(),
            SequenceStart => ReadList(depth),
            _ => ReadMap(depth),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = (read, _size - before);
        }

        return read;
    }

    private YamlNode Repeat(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out (YamlNode Node, long Size) target))
        {
            throw Refusal(Position(alias.Start), $"Anchor &{alias.Value.Value} is not defined before this alias.");
        }

        _size += target.Size;
        _repeated += target.Size;
        return _repeated <= MaxRepeated
            ? target.Node
            : throw Refusal(
                Position(alias.Start),
                $"Up to here, aliases repeat more than 16 MB of this file. {_whole.HowToRepeatLess}");
    }

    private YamlText ReadText()
    {
        Scalar scalar = _parser.Consume<Scalar>();
        bool isText = scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str";
        RequireNoTag(scalar);
        _size += scalar.Value.Length;
        return new YamlText(Position(scalar.Start), scalar.Value, !isText);
    }

    private YamlList ReadList(int depth)
    {
        SequenceStart start = _parser.Consume<SequenceStart>();
        RequireNoTag(start);
        ImmutableArray<YamlNode>.Builder items = ImmutableArray.CreateBuilder<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlList(Position(start.Start), items.DrainToImmutable());
    }

    private YamlMap ReadMap(int depth)
    {
        MappingStart start = _parser.Consume<MappingStart>();
        RequireNoTag(start);
        List<YamlEntry> entries = new();
        Dictionary<string, SourcePosition> names = new(StringComparer.Ordinal);
        List<YamlEntry> merged = new();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            SourcePosition position = Position(_parser.Current!.Start);
            if (ReadNode(depth + 1) is not YamlText key)
            {
                throw Refusal(position, "The name of a member must be text.");
            }

            YamlNode value = ReadNode(depth + 1);
            if (key is { Text: "<<", IsPlain: true })
            {
                Merge(value, merged);
            }
            else if (names.TryAdd(key.Text, position))
            {
                entries.Add(new YamlEntry(position, key.Text, value));
            }
            else
            {
                _errors.Add(new EstateError(position, $"'{key.Text}' is already given in line {names[key.Text].Line}."));
            }
        }

        // Given members take precedence over merged ones, and the first merge over later ones.
        entries.AddRange(merged.Where(entry => names.TryAdd(entry.Key, entry.Position)));
        return new YamlMap(Position(start.Start), [.. entries]);
    }

    private void Merge(YamlNode value, List<YamlEntry> merged)
    {
        foreach (YamlNode source in value is YamlList list ? list.Items : [value])
        {
            if (source is YamlMap map)
            {
                merged.AddRange(map.Entries);
            }
            else
            {
                _errors.Add(new EstateError(source.Position, "'<<' can merge only mappings, as in '<<: *anchor'."));
            }
        }
    }

    private static void RequireNoTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific
            && node.Tag.Value is not ("tag:yaml.org,2002:str" or "tag:yaml.org,2002:seq" or "tag:yaml.org,2002:map"))
        {
            throw Refusal(Position(node.Start), $"The YAML tag {node.Tag.Value} is not supported here.");
        }
    }

    // The parser detects such a tab only at the end of what it tried to read, and its message is about tokens.
    private static SourcePosition? FindTab(string content, YamlException error)
    {
        string[] lines = content.Split('\n');
        foreach (long number in new[] { error.Start.Line, error.End.Line, error.End.Line + 1 })
        {
            if (number >= 1 && number <= lines.Length && lines[number - 1] is var line
                && line[..^line.TrimStart().Length].Contains('\t', StringComparison.Ordinal))
            {
                return new SourcePosition((int)number, line.IndexOf('\t', StringComparison.Ordinal) + 1);
            }
        }

        return null;
    }

    private static SourcePosition Position(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private EstateException Empty()
    {
        string[] members = [.. _whole.MemberNames.Where(static name => name != Value.VersionMember)];
        return Refusal(
            new SourcePosition(1, 1),
            $"The file is empty. {_whole.Article} {_whole.Name} has {string.Join(", ", members[..^1])} and {members[^1]}.");
    }

    private static EstateException TooLarge() => Refusal(new SourcePosition(1, 1), "The file is larger than 64 MB.");

    private static EstateException Refusal(SourcePosition position, string message) => new([new EstateError(position, message)]);
}
