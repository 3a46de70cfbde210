using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The rules for every HSM cluster.</summary>
internal static class HsmClusterRules
{
    // The maximum for a cluster of AWS CloudHSM.
    private const int MaxHsms = 28;

    /// <summary>Rejects the ID of a cluster that is already registered.</summary>
    /// <exception cref="ArgumentException">A cluster with this ID is registered.</exception>
    public static void RequireFree(IStateReader state, ClusterId clusterId)
    {
        if (state.FindCluster(clusterId) is not null)
        {
            throw new ArgumentException($"A cluster with the ID {clusterId} is registered already.", nameof(clusterId));
        }
    }

    /// <summary>Rejects an invalid number of external requests per second.</summary>
    /// <exception cref="ArgumentException">The number is negative.</exception>
    public static void RequireCommands(int commandsFromElsewhere)
    {
        if (commandsFromElsewhere < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(commandsFromElsewhere), "The external requests per second must not be negative.");
        }
    }

    /// <summary>Rejects a label that stands for two HSMs.</summary>
    /// <exception cref="ArgumentException">A label occurs twice.</exception>
    public static void RequireDifferent(IReadOnlyList<string> tokenLabels)
    {
        if (tokenLabels.GroupBy(static label => label.TrimEnd(' '), StringComparer.Ordinal)
            .FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw NamedTwice(twice.Key);
        }
    }

    /// <summary>Rejects more HSMs than a cluster can have.</summary>
    /// <exception cref="ArgumentException">There are more than 28.</exception>
    public static void RequireRoom(int hsms)
    {
        if (hsms > MaxHsms)
        {
            throw new ArgumentException($"A cluster has at most {MaxHsms} HSMs.", nameof(hsms));
        }
    }

    /// <summary>The current state of the tokens, which must all exist and be initialised.</summary>
    /// <exception cref="HsmException">A token does not exist, is not initialised, or lacks a mechanism.</exception>
    public static ImmutableArray<HsmStatus> RequireActive(IHsmProvider provider, string library, IReadOnlyList<TokenSelector> tokens)
    {
        ImmutableArray<HsmStatus> hsms = provider.Find(library, tokens);
        foreach ((HsmStatus hsm, TokenSelector wanted) in hsms.Zip(tokens))
        {
            if (hsm is { Uri: not null, State: HsmState.DEGRADED, Reason: { } reason })
            {
                throw new HsmException(HsmFailure.NotPermitted, reason);
            }

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
                        Library = library,
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

    /// <summary>Rejects HSMs that could not give each other keys, so that the cluster could create none.</summary>
    /// <exception cref="HsmException">NotPermitted: an HSM lacks what it takes.</exception>
    public static void RequireSharing(IEnumerable<HsmStatus> hsms)
    {
        if (hsms.FirstOrDefault(static hsm => hsm.SharingReason is not null) is { } unable)
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"{unable.SharingReason} The HSMs of the cluster could not give each other keys, and none could be created.");
        }
    }

    /// <summary>The error for a token that is named twice.</summary>
    public static ArgumentException NamedTwice(string label) =>
        new($"The token '{label}' is named twice: each HSM of a cluster is another token.", nameof(label));
}
