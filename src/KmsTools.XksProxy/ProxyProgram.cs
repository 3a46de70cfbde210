using System.CommandLine;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.XksProxy.Commands;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>The program: its commands and their exit codes.</summary>
internal static class ProxyProgram
{
    private const string Name = "KmsTools.XksProxy";

    /// <summary>Runs the command in the arguments to its end.</summary>
    /// <returns>The exit code: 0, 1 if the command failed, 2 if the arguments are not valid.</returns>
    public static Task<int> RunAsync(string[] args) => ProgramLine.RunAsync(Name, CreateCommand(), args, Explain);

    /// <summary>The message of an error without the name of a parameter in our source.</summary>
    public static string WithoutParameter(ArgumentException error) => error.ParamName is null
        ? error.Message
        : error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal);

    private static ServeCommand CreateCommand()
    {
        ConfigurationOption configuration = new();
        ServeCommand root = new(configuration);
        Command[] commands =
        [
            new CheckCommand(configuration),
            new NewCredentialCommand(),
            new ConsoleFileCommand(configuration),
            new NewKeyCommand(),
            new NewConfigurationCommand(configuration),
            new SchemaCommand(),
        ];
        foreach (Command command in commands)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    // What a user of this program can do about an error; null for an error of the program.
    private static string? Explain(Exception error) => error switch
    {
        KmsTools.Http.PrivateKeyMissingException => $"{error.Message} Name the file of its key as 'key' of 'tls'.",
        HsmException { Failure: HsmFailure.InvalidCredentials } =>
            $"The token does not accept the PIN ({error.Message.TrimEnd('.')}). Check it before another try: tokens lock after some.",
        ArgumentException argument => WithoutParameter(argument),
        ConfigurationException or XksProxySettingsException or HsmException or InvalidOperationException or IOException
            or UnauthorizedAccessException or CryptographicException => error.Message,
        _ => null,
    };
}
