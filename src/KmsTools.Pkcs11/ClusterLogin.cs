using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <summary>One HSM of a connected cluster.</summary>
/// <param name="Token">The token, as the cluster names it.</param>
/// <param name="Library">Its library, as the user named it.</param>
/// <param name="Hsm">The HSM itself, which other connections of this process share.</param>
internal sealed record ClusterMember(HsmToken Token, string Library, Hsm Hsm);

/// <summary>
/// Logs in to the HSMs of a cluster. All of them are located concurrently; the PIN is offered to one after the other, so that a wrong PIN
/// costs one attempt on one HSM.
/// </summary>
internal static class ClusterLogin
{
    // The most informative failure when no HSM could be used: transient failures come before permanent ones.
    private static readonly ImmutableArray<HsmFailure> Telling =
    [
        HsmFailure.InvalidCredentials, HsmFailure.UserLockedOut, HsmFailure.UserNotFound, HsmFailure.UserLoggedIn, HsmFailure.Unreachable,
        HsmFailure.Exhausted, HsmFailure.NotPermitted, HsmFailure.Failed, HsmFailure.NoActiveHsm, HsmFailure.ClusterNotFound,
    ];

    /// <exception cref="HsmException">No HSM can be used, or one refused the PIN.</exception>
    public static void LogIn(ImmutableArray<ClusterMember> members, ReadOnlySpan<byte> pin)
    {
        LoginAttempt?[] begun = new LoginAttempt?[members.Length];
        List<HsmException> failures = [];
        int next = 0;
        try
        {
            for (int index = 0; index < begun.Length; index++)
            {
                begun[index] = members[index].Hsm.BeginConnect(pin);
            }

            for (; next < begun.Length; next++)
            {
                if (members[next].Hsm.EndConnect(begun[next], pin) is { } failure)
                {
                    failures.Add(failure);
                    if (ReturnValueMap.IsRefusal(failure.Failure) || failure.Failure == HsmFailure.UserLoggedIn)
                    {
                        throw failure;
                    }
                }
            }

            if (failures.Count == members.Length)
            {
                throw failures.MinBy(static failure => Telling.IndexOf(failure.Failure))!;
            }
        }
        catch
        {
            Array.ForEach(begun, static attempt => attempt?.GiveUp());
            throw;
        }

        for (int index = 0; index < begun.Length; index++)
        {
            members[index].Hsm.ReconnectLater(begun[index], pin);
        }
    }
}
