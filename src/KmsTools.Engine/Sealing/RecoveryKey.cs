using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>
/// A random key of 256 bits that people write down: 14 groups of four characters of Crockford's base32, which has no I, L, O and U. The last
/// five characters are for the most part a checksum of 24 bits, so that a typing error is told from another key. The bytes have no getter.
/// </summary>
public sealed class RecoveryKey : IDisposable
{
    /// <summary>The length of the text, with the hyphens between the groups.</summary>
    public const int TextLength = Characters + (Characters / GroupSize) - 1;

    private const int KeySize = 32;
    private const int ChecksumSize = 3;
    private const int BitsOfCharacter = 5;
    private const int Characters = (KeySize + ChecksumSize) * 8 / BitsOfCharacter;
    private const int GroupSize = 4;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly Secret _key;

    private RecoveryKey(Secret key) => _key = key;

    /// <summary>Uses the text of a recovery key while it is lent.</summary>
    public delegate T TextFunction<out T>(ReadOnlySpan<char> text);

    /// <summary>A new random recovery key.</summary>
    public static RecoveryKey Create() => new(Secret.Random(KeySize));

    /// <summary>Reads the text of a recovery key, in UTF-8.</summary>
    /// <inheritdoc cref="Parse(ReadOnlySpan{char})"/>
    public static RecoveryKey Parse(Secret text)
    {
        ArgumentNullException.ThrowIfNull(text);
        char[] characters = GC.AllocateUninitializedArray<char>(text.Length, pinned: true);
        try
        {
            int length = text.Use(utf8 => Encoding.UTF8.GetChars(utf8, characters));
            return Parse(characters.AsSpan(0, length));
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    /// <summary>
    /// Reads the text of a recovery key. Capitals, hyphens and spaces make no difference; I and L are read as 1, O as 0.
    /// </summary>
    /// <exception cref="FormatException">The text has a typing error; the message says what kind of, and nothing of the text.</exception>
    public static RecoveryKey Parse(ReadOnlySpan<char> text)
    {
        byte[] bytes = GC.AllocateArray<byte>(KeySize + ChecksumSize, pinned: true);
        try
        {
            Decode(text, bytes);
            Span<byte> checksum = stackalloc byte[ChecksumSize];
            WriteChecksum(bytes.AsSpan(0, KeySize), checksum);
            return checksum.SequenceEqual(bytes.AsSpan(KeySize))
                ? new RecoveryKey(Secret.CopyOf(bytes.AsSpan(0, KeySize)))
                : throw new FormatException(
                    "The recovery key has a typing error: its last characters do not agree with the rest. Compare it with what was written "
                        + "down.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Lends the text: <see cref="TextLength"/> characters, which are zeroed afterwards.</summary>
    public T UseText<T>(TextFunction<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        char[] text = GC.AllocateUninitializedArray<char>(TextLength, pinned: true);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(KeySize + ChecksumSize, pinned: true);
        try
        {
            _key.Use(key =>
            {
                key.CopyTo(bytes);
                WriteChecksum(key, bytes.AsSpan(KeySize));
            });
            for (int i = 0; i < Characters; i++)
            {
                text[i + (i / GroupSize)] = Alphabet[ValueAt(bytes, i)];
            }

            for (int i = GroupSize; i < TextLength; i += GroupSize + 1)
            {
                text[i] = '-';
            }

            return function(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            Array.Clear(text);
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>What opens a slot.</summary>
    internal Secret SlotKey() => _key.Use(static key => Sealing.SlotKey.Derive(key, "KmsTools recovery key"));

    private static void WriteChecksum(ReadOnlySpan<byte> key, Span<byte> checksum)
    {
        Span<byte> content = stackalloc byte[KeySize + 1];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            key.CopyTo(content);
            content[KeySize] = (byte)'R';
            SHA256.HashData(content, hash);
            hash[..ChecksumSize].CopyTo(checksum);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            CryptographicOperations.ZeroMemory(hash);
        }
    }

    private static int ValueAt(ReadOnlySpan<byte> bytes, int character)
    {
        int value = 0;
        for (int bit = character * BitsOfCharacter; bit < (character + 1) * BitsOfCharacter; bit++)
        {
            value = (value << 1) | ((bytes[bit / 8] >> (7 - (bit % 8))) & 1);
        }

        return value;
    }

    private static void Decode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int count = 0;
        foreach (char character in text)
        {
            if (character == '-' || char.IsWhiteSpace(character))
            {
                continue;
            }

            int value = Alphabet.IndexOf(Canonical(character), StringComparison.Ordinal);
            if (value < 0)
            {
                throw new FormatException(
                    $"The recovery key has a typing error: character {count + 1}, not counting hyphens and spaces, is none of its letters "
                        + "and digits (0-9 and A-Z without I, L, O and U).");
            }

            for (int i = 0; i < BitsOfCharacter && count < Characters; i++)
            {
                int bit = (count * BitsOfCharacter) + i;
                bytes[bit / 8] |= (byte)(((value >> (BitsOfCharacter - 1 - i)) & 1) << (7 - (bit % 8)));
            }

            count++;
        }

        if (count != Characters)
        {
            throw new FormatException(
                $"The recovery key has a typing error: it has {count} letters and digits, and a recovery key has {Characters}.");
        }
    }

    private static char Canonical(char character) => char.ToUpperInvariant(character) switch
    {
        'O' => '0',
        'I' or 'L' => '1',
        var other => other,
    };
}
