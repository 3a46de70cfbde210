using System.Xml.Linq;

namespace KmsTools.Help;

/// <summary>Writes help in the format that PowerShell reads (MAML).</summary>
internal static class Maml
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The help of all cmdlets.</summary>
    public static XElement Of(IEnumerable<CmdletDescription> cmdlets) => new(
        Items + "helpItems",
        new XAttribute("schema", "maml"),
        new XAttribute(XNamespace.Xmlns + "maml", Text),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        cmdlets.Select(Of));

    private static XElement Of(CmdletDescription cmdlet) => new(
        Command + "command",
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            Description(cmdlet.Summary),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun)),
        Description(cmdlet.Remarks.Length > 0 ? $"{cmdlet.Summary} {cmdlet.Remarks}" : cmdlet.Summary),
        new XElement(Command + "syntax", cmdlet.Sets.Select(set => new XElement(
            Command + "syntaxItem",
            new XElement(Text + "name", cmdlet.Name),
            set.Concat(cmdlet.SupportsShouldProcess ? Questions : []).Select(static parameter => Of(parameter, inSyntax: true))))),
        new XElement(
            Command + "parameters",
            cmdlet.Parameters.DistinctBy(static parameter => parameter.Name).OrderBy(static parameter => parameter.IsShared)
                .Concat(cmdlet.SupportsShouldProcess ? Questions : [])
                .Select(static parameter => Of(parameter, inSyntax: false))),
        new XElement(Command + "inputTypes", cmdlet.Parameters.Where(static parameter => parameter is { ByValue: true, IsShared: false })
            .Select(
                static parameter =>
                    new XElement(Command + "inputType", TypeName(parameter.Type.FullName!), Description(parameter.Summary)))),
        new XElement(
            Command + "returnValues",
            cmdlet.Output.Select(static type => new XElement(Command + "returnValue", TypeName(type), Description("")))),
        Notes(cmdlet),
        new XElement(Command + "examples", cmdlet.Examples.Select(static (example, index) => new XElement(
            Command + "example",
            new XElement(Text + "title", $"---------- Example {index + 1} ----------"),
            new XElement(Text + "introduction", Paragraph("PS> ")),
            new XElement(Dev + "code", example.Code),
            new XElement(Dev + "remarks", Paragraph(example.Text))))),
        new XElement(Command + "relatedLinks", new XElement(
            Text + "navigationLink", new XElement(Text + "linkText", "about_KmsTools"), new XElement(Text + "uri"))));

    private static readonly ParameterDescription[] Questions =
    [
        Question("WhatIf", "Shows what would happen if the cmdlet ran. Nothing is changed."),
        Question("Confirm", "Asks for confirmation before the cmdlet runs."),
    ];

    private static ParameterDescription Question(string name, string summary) => new(
        name, typeof(System.Management.Automation.SwitchParameter), summary, [], "", false, null, false, false, false);

    private static XElement? Notes(CmdletDescription cmdlet) => cmdlet.Aliases.Length == 0 ? null : new XElement(
        Text + "alertSet", new XElement(Text + "alert", Paragraph($"Aliases: {string.Join(", ", cmdlet.Aliases)}")));

    private static XElement Of(ParameterDescription parameter, bool inSyntax) => new(
        Command + "parameter",
        new XAttribute("required", parameter.Mandatory ? "true" : "false"),
        new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"),
        new XAttribute("globbing", "false"),
        new XAttribute("pipelineInput", parameter.Pipeline),
        new XAttribute("position", parameter.Position?.ToString() ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Length == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Text + "name", parameter.Name),
        Description(parameter.Summary),
        inSyntax && parameter.IsSwitch ? null : new XElement(
            Command + "parameterValue",
            new XAttribute("required", parameter.IsSwitch ? "false" : "true"),
            new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"),
            parameter.TypeName),
        new XElement(Dev + "type", new XElement(Text + "name", parameter.TypeName), new XElement(Text + "uri")));

    private static XElement TypeName(string name) => new(Dev + "type", new XElement(Text + "name", name), new XElement(Text + "uri"));

    private static XElement Description(string text) => new(Text + "description", Paragraph(text));

    private static XElement Paragraph(string text) => new(Text + "para", text);
}
