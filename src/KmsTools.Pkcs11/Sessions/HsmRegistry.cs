using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The HSMs of this process and how many connections share each. Static, because C_Initialize and the login count for the whole process.
/// </summary>
internal static class HsmRegistry
{
    // Guards the table. Never held while an HSM is called.
    private static readonly Lock Sync = new();
    private static readonly Dictionary<HsmIdentity, (Hsm Hsm, int Shares)> All = [];

    /// <summary>The HSM of this process for a token; created if there is none. Pairs with <see cref="Leave"/>.</summary>
    public static Hsm Join(LibraryReference library, HsmToken token, HsmTimeLimits limits)
    {
        HsmIdentity identity = new(library, token.TokenLabel, token.SerialNumber);
        lock (Sync)
        {
            (Hsm hsm, int shares) = All.TryGetValue(identity, out (Hsm, int) known) ? known : (new(identity, token, limits), 0);
            All[identity] = (hsm, shares + 1);
            return hsm;
        }
    }

    /// <summary>Releases a share. With the last one, the HSM is closed.</summary>
    public static void Leave(Hsm hsm)
    {
        lock (Sync)
        {
            int shares = All[hsm.Identity].Shares - 1;
            if (shares > 0)
            {
                All[hsm.Identity] = (hsm, shares);
                return;
            }

            All.Remove(hsm.Identity);
        }

        hsm.Close();
    }
}

/// <summary>What distinguishes one HSM from another.</summary>
/// <param name="Library">The library that reaches it.</param>
/// <param name="TokenLabel">Label of its token.</param>
/// <param name="SerialNumber">Serial number of its token.</param>
internal sealed record HsmIdentity(LibraryReference Library, string TokenLabel, string SerialNumber);
