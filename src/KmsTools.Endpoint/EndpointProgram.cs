using System.CommandLine;
using System.Security.Cryptography;
using KmsTools.Endpoint.Commands;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>The program: its commands and their exit codes.</summary>
internal static class EndpointProgram
{
    private const string Name = "KmsTools.Endpoint";

    /// <summary>Runs the command in the arguments to its end.</summary>
    /// <returns>The exit code: 0, 1 if the command failed, 2 if the arguments are not valid.</returns>
    public static Task<int> RunAsync(string[] args) => ProgramLine.RunAsync(Name, CreateCommand(), args, Explain);

    private static ServeCommand CreateCommand()
    {
        StoreOptions stores = new();
        ServeCommand root = new(stores);
        Command[] commands =
        [
            new NewAccessKeyCommand(stores),
            new StepClockCommand(stores),
            new ConfirmClockCommand(stores),
            new RotateRootKeyCommand(stores),
            new BackupCommand(stores),
            new RestoreCommand(stores),
            new CopyCommand(stores),
            new InitDatabaseCommand(stores),
        ];
        foreach (Command command in commands)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static string? Explain(Exception error) =>
        error is StateStoreException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException
            or CryptographicException
            ? ProgramAdvice.Explain(error)
            : null;
}
