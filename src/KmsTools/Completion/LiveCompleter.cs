using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsTools.Files;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Completion;

/// <summary>A value that can be completed.</summary>
/// <param name="Text">The text to insert into the command line.</param>
/// <param name="Shown">The text in the list.</param>
/// <param name="ToolTip">A description.</param>
internal sealed record Completion(string Text, string Shown, string ToolTip)
{
    public Completion(string text, string toolTip)
        : this(text, text, toolTip)
    {
    }
}

/// <summary>
/// Completes arguments from current values. Never throws and never prompts; reads a store that is open or exists in a folder, and does not
/// create one. A database is not connected to: it could keep a user waiting who is typing.
/// </summary>
public abstract class LiveCompleter : IArgumentCompleter
{
    private protected const int Most = 500;

    private static readonly SearchValues<char> NeedQuotes =
        SearchValues.Create(" ,;'\"()[]{}$`&|@#\u2018\u2019\u201A\u201B\u201C\u201D\u201E");

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        return Try(() =>
        {
            string word = (wordToComplete ?? "").Trim('\'', '"');
            WildcardPattern pattern = new(
                WildcardPattern.ContainsWildcardCharacters(word) ? word : WildcardPattern.Escape(word) + "*",
                WildcardOptions.IgnoreCase);
            return Find(commandName, parameterName, fakeBoundParameters).Where(
                value => pattern.IsMatch(value.Text) || pattern.IsMatch(value.Shown)
                    || (AliasName.HasPrefix(value.Shown) && pattern.IsMatch(value.Shown[AliasName.Prefix.Length..])));
        });
    }

    internal abstract IEnumerable<Completion> Find(string command, string parameter, IDictionary bound);

    /// <summary>The values to choose from; empty if they cannot be determined.</summary>
    private protected static IEnumerable<CompletionResult> Try(Func<IEnumerable<Completion>> find)
    {
        try
        {
            return [.. find().Take(Most).Select(static value => new CompletionResult(
                Quote(value.Text), value.Shown, CompletionResultType.ParameterValue, value.ToolTip.Length > 0
                    ? value.ToolTip
                    : value.Shown))];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // An error must not interrupt a user who is typing.
            return [];
        }
    }

    private protected static KmsEngine? Engine =>
        KmsSession.Find() is { } open ? open.Engine
        : DefaultStore.ExistsInFolder ? KmsSession.Require().Engine
        : null;

    private protected static string RegionOf(KmsEngine engine, IDictionary bound) =>
        bound["Region"] as string ?? bound["RegionToCall"] as string ?? KmsSession.Find()?.Region ?? engine.Properties.Region;

    /// <summary>The key that another argument identifies in any form, or null.</summary>
    private protected static Key? FindKey(IStateReader state, string region, object? reference)
    {
        string name = $"{reference}";
        name = name[(name.LastIndexOf(':') + 1)..];
        string? keyId = AliasName.HasPrefix(name) ? state.FindAlias(region, name)?.TargetKeyId
            : name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..]
            : name;
        return string.IsNullOrEmpty(keyId) ? null : state.FindKey(region, keyId);
    }

    /// <summary>Whether a command line begins with a cmdlet, whose name users write in any case.</summary>
    private protected static bool Is(string command, string cmdlet) => command.Equals(cmdlet, StringComparison.OrdinalIgnoreCase);

    private static string Quote(string text) =>
        !text.AsSpan().ContainsAny(NeedQuotes) ? text : QuotedText.Of(text);
}
