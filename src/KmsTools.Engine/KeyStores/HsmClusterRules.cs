using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>What holds for every cluster of HSMs.</summary>
internal static class HsmClusterRules
{
    // The most that a cluster of AWS CloudHSM has.
    private const int MaxHsms = 28;

    /// <summary>Refuses the ID of a cluster that is registered.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public static void RequireFree(IStateReader state, ClusterId clusterId)
    {
        if (state.FindCluster(clusterId) is not null)
        {
            throw new ArgumentException($"A cluster with the ID {clusterId} is registered already.", nameof(clusterId));
        }
    }

    /// <summary>Refuses commands per second that there cannot be.</summary>
    /// <exception cref="ArgumentException">They are negative.</exception>
    public static void RequireCommands(int commandsFromElsewhere)
    {
        if (commandsFromElsewhere < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(commandsFromElsewhere), "The commands per second from elsewhere are not negative.");
        }
    }

    /// <summary>Refuses a label that stands for two HSMs.</summary>
    /// <exception cref="ArgumentException">A label is there twice.</exception>
    public static void RequireDifferent(IReadOnlyList<string> tokenLabels)
    {
        if (tokenLabels.GroupBy(static label => label.TrimEnd(' '), StringComparer.Ordinal)
            .FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw NamedTwice(twice.Key);
        }
    }

    /// <summary>Refuses more HSMs than a cluster can have.</summary>
    /// <exception cref="ArgumentException">There are more than 28.</exception>
    public static void RequireRoom(int hsms)
    {
        if (hsms > MaxHsms)
        {
            throw new ArgumentException($"A cluster has at most {MaxHsms} HSMs.", nameof(hsms));
        }
    }

    /// <summary>The tokens as they are now, which must all be there and initialised.</summary>
    /// <exception cref="HsmException">A token is not there or not initialised.</exception>
    public static ImmutableArray<HsmStatus> RequireActive(IHsmProvider provider, string library, IReadOnlyList<TokenSelector> tokens)
    {
        ImmutableArray<HsmStatus> hsms = provider.Find(library, tokens);
        foreach ((HsmStatus hsm, TokenSelector wanted) in hsms.Zip(tokens))
        {
            if (hsm.State != HsmState.ACTIVE)
            {
                throw hsm.Uri is not null
                    ? new HsmException(HsmFailure.NoActiveHsm, $"The token '{hsm.TokenLabel}' of {library} is not initialised.")
                    : new HsmException(
                        HsmFailure.NoActiveHsm,
                        wanted.ToString() is { Length: > 0 } words
                            ? $"{library} has no token with the {words}."
                            : $"{library} has no token.")
                    {
                        Cause = ErrorCause.MissingToken,
                        TokenLabels =
                        [
                            .. provider.ListTokens(library)
                                .Where(static token => token.State == HsmState.ACTIVE)
                                .Select(static token => token.TokenLabel),
                        ],
                    };
            }
        }

        return hsms;
    }

    /// <summary>The error for a token that is named twice.</summary>
    public static ArgumentException NamedTwice(string label) =>
        new($"The token '{label}' is named twice: each HSM of a cluster is another token.", nameof(label));
}
