using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.Backups;

/// <summary>
/// The head of a backup: a mark, the version, the length of the description (4 bytes, big endian) and the description in JSON, the length of
/// the seal (4 bytes) and the seal, the key of the content, wrapped by the seal key with all that as additional data, and the SHA-256 of
/// everything before. The content follows in chunks (<see cref="ChunkWriter"/>).
/// </summary>
internal sealed class BackupHead
{
    private const byte Version = 1;
    private const int MaxDescription = 64 * 1024;
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly byte[] _before;
    private readonly byte[] _wrappedKey;

    private BackupHead(StoreBackupHeader header, Seal seal, byte[] before, byte[] wrappedKey)
    {
        Header = header;
        Seal = seal;
        _before = before;
        _wrappedKey = wrappedKey;
        Bytes = [.. before, .. wrappedKey, .. SHA256.HashData([.. before, .. wrappedKey])];
    }

    /// <summary>What it says.</summary>
    public StoreBackupHeader Header { get; }

    /// <summary>What opens it.</summary>
    public Seal Seal { get; }

    /// <summary>Its bytes, whose last 32 bind the chunks to it.</summary>
    public byte[] Bytes { get; }

    /// <summary>The hash of the head.</summary>
    public ReadOnlySpan<byte> Hash => Bytes.AsSpan(Bytes.Length - SHA256.HashSizeInBytes);

    private static ReadOnlySpan<byte> Mark => "KMSTBACK"u8;

    private static int WrappedSize => ChunkCipher.KeySize + Xaes256Gcm.Overhead;

    /// <summary>Makes the head of a new backup.</summary>
    /// <param name="header">What it is to say.</param>
    /// <param name="seal">What opens it.</param>
    /// <param name="key">The key of the seal.</param>
    /// <param name="contentKey">The key of the content.</param>
    public static BackupHead Create(StoreBackupHeader header, Seal seal, SealKey key, Secret contentKey)
    {
        byte[] description = Describe(header);
        byte[] sealBytes = seal.ToBytes();
        byte[] before = [.. Mark, Version, .. Length(description.Length), .. description, .. Length(sealBytes.Length), .. sealBytes];
        return new BackupHead(
            header with { OpenedBy = Kinds(seal) }, seal, before, contentKey.Use(bytes => key.Wrap(bytes, before)));
    }

    /// <summary>Reads the head that a file begins with, and leaves the file behind it.</summary>
    /// <exception cref="StateStoreException">It is not a backup, of a later version, or damaged.</exception>
    public static BackupHead Read(Stream file, string path)
    {
        byte[] start = new byte[Mark.Length + 1];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan().StartsWith(Mark))
        {
            throw new StateStoreException($"'{path}' is not a backup of a store.");
        }

        if (start[^1] != Version)
        {
            throw new StateStoreException($"A later version of KmsTools made the backup '{path}'. Use that version, or a later one.");
        }

        try
        {
            (byte[] descriptionLength, byte[] description) = ReadPart(file, MaxDescription);
            (byte[] sealLength, byte[] sealBytes) = ReadPart(file, Seal.MaxSize);
            byte[] wrappedKey = new byte[WrappedSize];
            file.ReadExactly(wrappedKey);
            byte[] hash = new byte[SHA256.HashSizeInBytes];
            file.ReadExactly(hash);
            byte[] before = [.. start, .. descriptionLength, .. description, .. sealLength, .. sealBytes];
            if (!SHA256.HashData([.. before, .. wrappedKey]).AsSpan().SequenceEqual(hash))
            {
                throw IsDamaged(path);
            }

            Seal seal = Seal.Parse(sealBytes);
            return new BackupHead(Parse(description) with { OpenedBy = Kinds(seal) }, seal, before, wrappedKey);
        }
        catch (SealException exception) when (exception.Fault == SealFault.NewerVersion)
        {
            throw new StateStoreException(
                $"A later version of KmsTools made the backup '{path}'. Use that version, or a later one.", exception);
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException or SealException or JsonException
            or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw IsDamaged(path, exception);
        }
    }

    /// <summary>The error for a file that was cut or changed.</summary>
    public static StateStoreException IsDamaged(string path, Exception? exception = null) => new(
        $"The backup '{path}' is damaged: it was cut or changed since it was written. Use another backup.", exception);

    /// <summary>Opens the seal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unlock">Opens it.</param>
    /// <returns>The key of the seal; the caller disposes of it.</returns>
    /// <exception cref="StateStoreException">It was not opened.</exception>
    public SealKey Open(string path, Func<Seal, SealKey> unlock)
    {
        try
        {
            return unlock(Seal);
        }
        catch (SealException exception)
        {
            string opens = string.Join(", ", Header.OpenedBy);
            string reason = exception.Fault switch
            {
                SealFault.WrongPassphrase => "The passphrase is not the one that it was made with.",
                SealFault.WrongRecoveryKey => "The recovery key is not the one that it was made with.",
                SealFault.NoSuchSlot or SealFault.Locked => $"It is opened by: {opens}.",
                _ => exception.Message,
            };
            throw new StateStoreException($"The backup '{path}' was not opened. {reason}", exception);
        }
    }

    /// <summary>The key of the content; the caller disposes of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of the seal.</param>
    /// <exception cref="StateStoreException">The head was changed.</exception>
    public Secret UnwrapKey(string path, SealKey key)
    {
        try
        {
            return key.Unwrap(_wrappedKey, _before);
        }
        catch (CryptographicException exception)
        {
            throw IsDamaged(path, exception);
        }
    }

    private static ImmutableArray<SealSlotKind> Kinds(Seal seal) => [.. seal.Slots.Select(static slot => slot.Kind)];

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static (byte[] Length, byte[] Part) ReadPart(Stream file, int limit)
    {
        byte[] length = new byte[sizeof(int)];
        file.ReadExactly(length);
        int size = BinaryPrimitives.ReadInt32BigEndian(length);
        if (size < 0 || size > limit)
        {
            throw new InvalidDataException();
        }

        byte[] part = new byte[size];
        file.ReadExactly(part);
        return (length, part);
    }

    private static byte[] Describe(StoreBackupHeader header)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("storeId", header.StoreId);
            json.WriteString("accountId", header.AccountId);
            json.WriteString("region", header.Region);
            json.WriteString(
                "creationDate", header.CreationDate.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture));
            json.WriteNumber("newestChange", header.NewestChange);
            json.WriteNumber("keys", header.Keys);
            json.WriteNumber("rootKeyGeneration", header.RootKeyGeneration);
            json.WriteBoolean("isSealed", header.IsSealed);
            json.WriteString("eventLogHead", header.EventLogHead);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static StoreBackupHeader Parse(byte[] description)
    {
        using JsonDocument document = JsonDocument.Parse(description);
        JsonElement json = document.RootElement;
        return new StoreBackupHeader
        {
            StoreId = json.GetProperty("storeId").GetString()!,
            AccountId = json.GetProperty("accountId").GetString()!,
            Region = json.GetProperty("region").GetString()!,
            CreationDate = json.GetProperty("creationDate").GetDateTimeOffset(),
            NewestChange = json.GetProperty("newestChange").GetInt64(),
            Keys = json.GetProperty("keys").GetInt64(),
            RootKeyGeneration = json.GetProperty("rootKeyGeneration").GetInt32(),
            IsSealed = json.GetProperty("isSealed").GetBoolean(),
            EventLogHead = json.GetProperty("eventLogHead").GetString()!,
        };
    }
}
