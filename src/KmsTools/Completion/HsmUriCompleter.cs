using System.Collections;
using System.Collections.Immutable;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>
/// Completes PKCS#11 URIs: from the tokens of the library whose module-path was typed, otherwise from the HSMs of the registered
/// clusters, without calling them.
/// </summary>
public sealed partial class HsmUriCompleter : LiveCompleter, IArgumentCompleter
{
    IEnumerable<CompletionResult> IArgumentCompleter.CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        string? library = ModulePath().Match(word) is { Success: true } typed ? Uri.UnescapeDataString(typed.Groups[1].Value)
            : fakeBoundParameters?["Library"] as string;

        // The library comes last in a URI, so the typed text is not a prefix of the completed URI.
        return library is null
            ? CompleteArgument(commandName, parameterName, word, commandAst, fakeBoundParameters ?? new Hashtable())
            : Try(() => OfLibrary(library));
    }

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return
        [
            .. state.ListClusters().SelectMany(static cluster => cluster.Tokens.Select(token =>
                new Completion(
                    HsmUri.Of(token.Library ?? cluster.Library, token),
                    token.TokenLabel,
                    $"{cluster.ClusterId}  {token.TokenLabel}  {token.SerialNumber}")))
                .DistinctBy(static completion => completion.Text),
        ];
    }

    private static ImmutableArray<Completion> OfLibrary(string library) => Engine is { } engine
        ? [.. engine.HsmTokens.List(library).Select(
            static token => new Completion(token.Uri!, token.TokenLabel, $"{token.Manufacturer}  {token.Model}  {token.SerialNumber}"))]
        : [];

    [GeneratedRegex("[?&]module-path=([^&]+)")]
    private static partial Regex ModulePath();
}
