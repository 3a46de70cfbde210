using System.CommandLine;
using System.CommandLine.Parsing;
using KmsTools.Validation;

namespace KmsTools.Programs;

/// <summary>An error in a command line, as one sentence that says what to do instead.</summary>
internal static class CommandLineError
{
    private static readonly char[] ValueSeparators = ['=', ':'];

    /// <summary>The first error of a command line. Never contains the value of an unknown option: it may be a secret.</summary>
    public static string Describe(ParseResult line) =>
        line.UnmatchedTokens is [var token, ..] ? NotUnderstood(line, token) : Describe(line.CommandResult.Command, line.Errors[0]);

    /// <summary>The message for an option without its value.</summary>
    public static string NeedsValue(string option) => $"{option} needs a value.";

    /// <summary>Refuses options before a command that does not have them.</summary>
    public static void RequireOwnOptions(CommandResult line)
    {
        foreach (OptionResult given in (line.Parent as CommandResult)?.Children.OfType<OptionResult>() ?? [])
        {
            if (!given.Option.Recursive && !line.Command.Options.Contains(given.Option))
            {
                line.AddError(HasNoOption(line.Command, given.Option.Name));
            }
        }
    }

    private static string Describe(Command command, ParseError error) => error.SymbolResult switch
    {
        OptionResult { IdentifierToken: null, Option: { Required: true } missing } => $"{command.Name} needs {missing.Name}.",
        OptionResult { Tokens.Count: 0, Option: { Arity.MinimumNumberOfValues: > 0 } empty } => NeedsValue(empty.Name),
        _ => error.Message,
    };

    private static string NotUnderstood(ParseResult line, string token)
    {
        Command root = line.RootCommandResult.Command;
        Command command = line.CommandResult.Command;
        string name = token.Split(ValueSeparators)[0];
        if (command == root && root.Subcommands.FirstOrDefault(other => Takes(other, name)) is { } owner)
        {
            return $"{name} belongs to {owner.Name}.";
        }

        if (command != root && Takes(root, name))
        {
            return HasNoOption(command, name);
        }

        if (command != root && root.Subcommands.Any(other => other.Name == name))
        {
            return $"{command.Name} and {name} exclude each other.";
        }

        string? nearest = NearestText.Find(name, Names(command).Concat(Names(root)));
        return $"'{name}' is not understood.{(nearest is null ? "" : $" Did you mean {nearest}?")}";
    }

    private static string HasNoOption(Command command, string option) => $"{command.Name} has no option {option}.";

    private static bool Takes(Command command, string name) => command.Options.Any(option => option.Name == name);

    private static IEnumerable<string> Names(Command command) =>
        [.. command.Options.Select(static option => option.Name), .. command.Subcommands.Select(static subcommand => subcommand.Name)];
}
