using System.Collections;
using System.Collections.Frozen;
using System.Management.Automation;
using System.Reflection;
using KmsTools.Commands;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Completion;

/// <summary>
/// Completes keys. If the operation accepts only key IDs, an alias name completes to the ID of its key.
/// </summary>
public sealed class KeyCompleter : LiveCompleter
{
    private static readonly Lazy<FrozenDictionary<string, OperationCmdlet>> Cmdlets = new(
        static () => FindCmdlets().ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));

    /// <summary>A cmdlet that makes API calls.</summary>
    internal sealed record OperationCmdlet(Type Type, Type Request, Type Response);

    /// <summary>The cmdlet with a name or an alias; null for cmdlets that make no API calls.</summary>
    internal static OperationCmdlet? FindCmdlet(string name) => Cmdlets.Value.GetValueOrDefault(name);

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            yield break;
        }

        using IStateReader state = engine.OpenReader();
        string region = RegionOf(engine, bound);
        bool aliases = TakesAliases(command, parameter);
        if (StateFor(command) is not { } fitting)
        {
            foreach (Completion completion in Find(state, region, aliases, static _ => true))
            {
                yield return completion;
            }

            yield break;
        }

        // Keys that the cmdlet can do something with come first.
        foreach (Completion completion in Find(state, region, aliases, key => key.State == fitting)
            .Concat(Find(state, region, aliases, key => key.State != fitting)))
        {
            yield return completion;
        }
    }

    private static IEnumerable<Completion> Find(IStateReader state, string region, bool aliases, Predicate<Key> condition)
    {
        HashSet<string> named = [];
        foreach (KeyAlias alias in state.ListAliases(region, null, null, Most))
        {
            if (state.FindKey(region, alias.TargetKeyId) is { } key && condition(key))
            {
                named.Add(key.KeyId);
                yield return aliases
                    ? new Completion(alias.AliasName, Describe(key))
                    : new Completion(key.KeyId, alias.AliasName, Describe(key));
            }
        }

        foreach (string keyId in state.ListKeyIds(region, null, Most))
        {
            if ((aliases || !named.Contains(keyId)) && state.FindKey(region, keyId) is { } key && condition(key))
            {
                yield return new Completion(keyId, Describe(key));
            }
        }
    }

    private static KeyState? StateFor(string command) => command.ToUpperInvariant() switch
    {
        "STOP-KMSKEYDELETION" => KeyState.PendingDeletion,
        "ENABLE-KMSKEY" => KeyState.Disabled,
        "DISABLE-KMSKEY" => KeyState.Enabled,
        _ => null,
    };

    private static string Describe(Key key) =>
        $"{key.KeyId}  {key.State}  {key.KeySpec}{(key.Description.Length > 0 ? "  " + key.Description : "")}";

    private static bool TakesAliases(string command, string parameter) =>
        FindCmdlet(command) is not { } cmdlet
        || RequestShape.Of(cmdlet.Request).Members
            .FirstOrDefault(member => member.Name.Equals(parameter, StringComparison.OrdinalIgnoreCase))
            is not { Constraints.Key: KeyReferenceForms.IdOrArn };

    private static IEnumerable<KeyValuePair<string, OperationCmdlet>> FindCmdlets()
    {
        foreach (Type type in typeof(KeyCompleter).Assembly.GetTypes())
        {
            Type? parent = type;
            while (parent is not null && !(parent.IsGenericType && parent.GetGenericTypeDefinition() == typeof(KmsOperationCmdlet<,>)))
            {
                parent = parent.BaseType;
            }

            if (parent is null || type.GetCustomAttribute<CmdletAttribute>() is not { } cmdlet)
            {
                continue;
            }

            Type[] types = parent.GetGenericArguments();
            OperationCmdlet found = new(type, types[0], types[1]);
            yield return new($"{cmdlet.VerbName}-{cmdlet.NounName}", found);
            foreach (string alias in type.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? [])
            {
                yield return new(alias, found);
            }
        }
    }
}
