using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace KmsTools.Programs;

/// <summary>Runs a program of commands.</summary>
internal static class ProgramLine
{
    /// <summary>Runs the command in the arguments to its end.</summary>
    /// <param name="name">The name of the program.</param>
    /// <param name="root">Its command without a name, with all others.</param>
    /// <param name="args">The arguments.</param>
    /// <param name="explain">The message for an error of the user or of the machine; null for an error of the program, which is thrown.</param>
    /// <returns>The exit code: 0, 1 if the command failed, 2 if the arguments are not valid.</returns>
    public static async Task<int> RunAsync(string name, RootCommand root, string[] args, Func<Exception, string?> explain)
    {
        root.HelpName = name;

        // Without the aliases of Windows: /h may be a folder.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h"));
        foreach (Command command in root.Subcommands)
        {
            command.Validators.Add(CommandLineError.RequireOwnOptions);
        }

        // A value that begins with @ is a value, not a file of further arguments.
        ParseResult line = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (line.Action is ParseErrorAction)
        {
            await Console.Error.WriteLineAsync($"{CommandLineError.Describe(line)}\n{HelpHint(name, line)}").ConfigureAwait(false);
            return 2;
        }

        try
        {
            // The server handles its own shutdown, in which calls finish.
            InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await line.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (Exception exception) when (explain(exception) is { } message)
        {
            await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
            return 1;
        }
    }

    private static string HelpHint(string name, ParseResult line) =>
        line.CommandResult == line.RootCommandResult ? $"Help: {name} --help" : $"Help: {name} {line.CommandResult.Command.Name} --help";
}
