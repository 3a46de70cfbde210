using System.Buffers.Binary;
using System.Security;
using KmsTools.Cryptography;
using KmsTools.Sealing;

namespace KmsTools.Sessions;

/// <summary>
/// What opens a sealed store, as the endpoint reads it from the beginning of its standard input: a mark, the length in two bytes (big
/// endian), and the bytes. A pipe between two processes of one user is seen by no other user; arguments and the environment are.
/// </summary>
internal static class SealInput
{
    private const byte KeyMark = (byte)'K';
    private const byte PassphraseMark = (byte)'P';
    private const int HeadSize = 1 + sizeof(ushort);

    /// <summary>What opens a store: a passphrase that was given, or what the session has that uses the store.</summary>
    /// <param name="passphrase">The passphrase; null if it was not given.</param>
    /// <param name="passphraseFile">The file with the passphrase; null if none was given.</param>
    /// <param name="session">The connection of the session, if it uses the store; otherwise null.</param>
    /// <param name="resolvePath">Makes full paths.</param>
    /// <returns>Null if there is nothing; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">The passphrase or its file cannot be used.</exception>
    public static Secret? Read(SecureString? passphrase, string? passphraseFile, KmsConnection? session, Func<string, string> resolvePath)
    {
        using Secret? given = SealSecrets.Read(passphrase, passphraseFile, "passphrase", resolvePath);
        if (given is not null)
        {
            return Of(given);
        }

        using SealKey? key = session is { IsSealed: false } ? session.Engine.RootKey.CopySealKey() : null;
        return key is null ? null : Of(key);
    }

    /// <summary>The key of the seal, which a session that has unlocked the store hands over.</summary>
    public static Secret Of(SealKey key)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(HeadSize + SealKey.Size, pinned: true);
        key.CopyTo(bytes.AsSpan(HeadSize));
        return Finish(bytes, KeyMark);
    }

    /// <summary>A passphrase.</summary>
    /// <exception cref="ArgumentException">It is too long.</exception>
    public static Secret Of(Secret passphrase)
    {
        if (passphrase.Length > SecretFile.MaxSize)
        {
            throw new ArgumentException($"The passphrase has more than {SecretFile.MaxSize} bytes.");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(HeadSize + passphrase.Length, pinned: true);
        passphrase.Use(text => text.CopyTo(bytes.AsSpan(HeadSize)));
        return Finish(bytes, PassphraseMark);
    }

    private static Secret Finish(byte[] bytes, byte mark)
    {
        bytes[0] = mark;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), (ushort)(bytes.Length - HeadSize));
        return Secret.TakeOver(bytes);
    }
}
