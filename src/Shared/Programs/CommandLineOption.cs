using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Programs;

/// <summary>The types of options: flags, options with one value, and options that may be repeated. No value may be empty.</summary>
internal static class CommandLineOption
{
    /// <summary>Parses a value.</summary>
    public delegate bool Reader<T>(string text, [MaybeNullWhen(false)] out T value);

    /// <summary>An option without a value.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Arity = ArgumentArity.Zero, Description = description };

    /// <summary>An option with any text as its value.</summary>
    public static Option<string> Text(string name, string helpName, string description) => Create<string>(
        name,
        helpName,
        description,
        static (string text, [MaybeNullWhen(false)] out string value) =>
        {
            value = text;
            return true;
        },
        static text => text);

    /// <summary>An option with a value that is parsed.</summary>
    /// <param name="name">The option: --port.</param>
    /// <param name="helpName">The name of the value in the help.</param>
    /// <param name="description">The description of the option in the help.</param>
    /// <param name="reader">Parses the value.</param>
    /// <param name="refusal">The message for a text that is not a valid value.</param>
    public static Option<T> Create<T>(
        string name,
        string helpName,
        string description,
        Reader<T> reader,
        Func<string, string> refusal) => new(name)
    {
        Arity = ArgumentArity.ExactlyOne,
        HelpName = helpName,
        Description = description,
        CustomParser = argument => Read(name, argument, argument.Tokens[0], reader, refusal),
    };

    /// <summary>An option that may be repeated, with one value each time.</summary>
    public static Option<T[]> Repeatable<T>(
        string name, string helpName, string description, Reader<T> reader, Func<string, string> refusal) => new(name)
    {
        Arity = ArgumentArity.OneOrMore,
        HelpName = helpName,
        Description = description,
        CustomParser = argument => [.. argument.Tokens.Select(token => Read(name, argument, token, reader, refusal)).OfType<T>()],
    };

    private static T? Read<T>(string name, ArgumentResult argument, Token token, Reader<T> reader, Func<string, string> refusal)
    {
        string text = token.Value;
        if (text.Length > 0 && reader(text, out T? value))
        {
            return value;
        }

        argument.AddError(text.Length == 0 ? CommandLineError.NeedsValue(name) : refusal(text));
        return default;
    }
}
