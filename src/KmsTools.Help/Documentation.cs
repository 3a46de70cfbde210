using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace KmsTools.Help;

/// <summary>An example: the commands and their description.</summary>
/// <param name="Code">The commands.</param>
/// <param name="Text">The description.</param>
internal sealed record Example(string Code, string Text);

/// <summary>The documentation comments of an assembly, as the compiler writes them to its XML file.</summary>
internal sealed partial class Documentation(XDocument file)
{
    private readonly Dictionary<string, XElement> _members = file.Descendants("member")
        .ToDictionary(static member => (string)member.Attribute("name")!);

    /// <summary>The text of an element of a type's comment.</summary>
    public string Text(Type type, string element) => Text(Find("T:" + NameOf(type))?.Element(element));

    /// <summary>The summary of a property.</summary>
    public string Summary(PropertyInfo property) => Text(Find($"P:{NameOf(property.DeclaringType!)}.{property.Name}")?.Element("summary"));

    /// <summary>The examples of a type.</summary>
    public IEnumerable<Example> Examples(Type type) =>
        (Find("T:" + NameOf(type))?.Elements("example") ?? []).Select(static example => new Example(
            Unindent(example.Element("code")?.Value ?? ""), Text(example.Element("para"))));

    // Comments on a generic type are filed under its definition.
    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string Text(XElement? element) =>
        element is null ? "" : Space().Replace(string.Concat(element.Nodes().Select(Words)), " ").Trim();

    private static string Words(XNode node) => node switch
    {
        XText text => text.Value,
        XElement reference when reference.Attribute("cref") is { } target => target.Value[(target.Value.LastIndexOf('.') + 1)..],
        XElement element => string.Concat(element.Nodes().Select(Words)),
        _ => "",
    };

    private static string Unindent(string code)
    {
        string[] lines = [.. code.Split('\n').Select(static line => line.TrimEnd()).SkipWhile(static line => line.Length == 0)];
        int indent = lines.Where(static line => line.Length > 0).Select(static line => line.Length - line.TrimStart().Length)
            .DefaultIfEmpty()
            .Min();
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : "")).TrimEnd();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    private XElement? Find(string name) => _members.GetValueOrDefault(name);
}
