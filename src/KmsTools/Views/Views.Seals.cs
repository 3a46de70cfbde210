using System.Security;

namespace KmsTools;

// What opens a store.
public static partial class Views
{
    /// <summary>What opens a seal, in one line.</summary>
    /// <param name="slots">The slots, or null.</param>
    public static string SealSlots(object? slots) => string.Join(", ", new Shown(slots).Items.Select(static slot => slot.Text));

    /// <summary>How to get at a secret, in place of the secret.</summary>
    /// <param name="secret">The secret, or null.</param>
    public static string Hidden(SecureString? secret) =>
        secret is null ? "" : "(not shown: .RecoveryKey | ConvertFrom-SecureString -AsPlainText)";
}
