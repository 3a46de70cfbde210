using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
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
    public static async Task<int> RunAsync(string[] args)
    {
        // A value that begins with @ is a value, not a file of further arguments.
        ParseResult line = CreateCommand().Parse(
            args,
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (line.Action is ParseErrorAction)
        {
            await Console.Error.WriteLineAsync($"{CommandLineError.Describe(line)}\n{HelpHint(line)}").ConfigureAwait(false);
            return 2;
        }

        try
        {
            // The server handles its own shutdown, in which calls finish.
            InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await line.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is StateStoreException or ArgumentException or InvalidOperationException or IOException
                or UnauthorizedAccessException
            or CryptographicException)
        {
            await Console.Error.WriteLineAsync(ProgramAdvice.Explain(exception)).ConfigureAwait(false);
            return 1;
        }
    }

    private static ServeCommand CreateCommand()
    {
        StoreOptions stores = new();
        ServeCommand root = new(stores) { HelpName = Name };

        // Without the aliases of Windows: /h may be a folder.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h"));
        Command[] commands =
        [
            new NewAccessKeyCommand(stores),
            new StepClockCommand(stores),
            new ConfirmClockCommand(stores),
            new RotateRootKeyCommand(stores),
            new BackupCommand(stores),
            new RestoreCommand(stores),
        ];
        foreach (Command command in commands)
        {
            command.Validators.Add(CommandLineError.RequireOwnOptions);
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static string HelpHint(ParseResult line) =>
        line.CommandResult == line.RootCommandResult ? $"Help: {Name} --help" : $"Help: {Name} {line.CommandResult.Command.Name} --help";
}
