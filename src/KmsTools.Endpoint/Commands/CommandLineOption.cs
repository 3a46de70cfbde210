using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Endpoint.Commands;

/// <summary>The two types of options: flags, and options with one value, which must not be empty.</summary>
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
        CustomParser = argument => Read(name, argument, reader, refusal),
    };

    private static T? Read<T>(string name, ArgumentResult argument, Reader<T> reader, Func<string, string> refusal)
    {
        string text = argument.Tokens[0].Value;
        if (text.Length > 0 && reader(text, out T? value))
        {
            return value;
        }

        argument.AddError(text.Length == 0 ? CommandLineError.NeedsValue(name) : refusal(text));
        return default;
    }
}
