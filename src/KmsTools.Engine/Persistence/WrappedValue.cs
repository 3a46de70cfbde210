using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Persistence;

/// <summary>Opens what the store keeps wrapped under its root key, and says what is damaged if it does not open.</summary>
internal static class WrappedValue
{
    /// <summary>Unwraps a value of the state.</summary>
    /// <param name="rootKey">The key that wraps it.</param>
    /// <param name="wrapped">The value.</param>
    /// <param name="context">What it is bound to.</param>
    /// <param name="what">What it is, as the subject of a sentence.</param>
    /// <param name="damage">Where it is.</param>
    /// <exception cref="StateStoreException">The bytes or their context were changed.</exception>
    public static Secret Open(RootKey rootKey, ReadOnlySpan<byte> wrapped, string context, string what, StoreDamage damage)
    {
        try
        {
            return rootKey.Unwrap(wrapped, context);
        }
        catch (CryptographicException exception)
        {
            throw Damaged(what, damage, exception);
        }
    }

    /// <summary>The same value, wrapped by the generation of the root key that wraps now.</summary>
    /// <param name="rootKey">The key that wraps it.</param>
    /// <param name="wrapped">The value.</param>
    /// <param name="context">What it is bound to.</param>
    /// <param name="what">What it is, as the subject of a sentence.</param>
    /// <param name="damage">Where it is.</param>
    /// <exception cref="StateStoreException">The bytes or their context were changed.</exception>
    public static byte[] WrapAgain(RootKey rootKey, ReadOnlySpan<byte> wrapped, string context, string what, StoreDamage damage)
    {
        try
        {
            return rootKey.WrapAgain(wrapped, context);
        }
        catch (CryptographicException exception)
        {
            throw Damaged(what, damage, exception);
        }
    }

    private static StateStoreException Damaged(string what, StoreDamage damage, CryptographicException exception) => new(
        $"{what} cannot be unwrapped: the store was changed outside of KmsTools, or is damaged. Verify the store, and restore its "
            + "folder from a backup.",
        exception)
    {
        Damage = damage,
    };
}
