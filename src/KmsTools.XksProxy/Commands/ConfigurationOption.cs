using System.CommandLine;

namespace KmsTools.XksProxy.Commands;

/// <summary>The option that names the configuration; commands share it, so that it can precede or follow the command.</summary>
internal sealed class ConfigurationOption
{
    /// <summary>The file.</summary>
    public Option<string> Option { get; } = Create();

    /// <summary>The file that a command line names.</summary>
    public string Read(ParseResult line) => line.GetValue(Option)!;

    private static Option<string> Create()
    {
        Option<string> option = CommandLineOption.Text("--configuration", "file", "The file with the configuration of the proxy (YAML).");
        option.Required = true;
        return option;
    }
}
