using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.PostgreSql;

/// <summary>The root key file of a machine that uses a shared store: which it is, and what is required of it.</summary>
internal static class SharedRootKeyFile
{
    private const string NotThere = "This machine has no root key file of the store.";

    /// <summary>The file that was named, or that the environment names; null if none was.</summary>
    public static RootKeyFile? Find(SharedStoreOptions options)
    {
        string? path = string.IsNullOrWhiteSpace(options.RootKeyFile)
            ? Environment.GetEnvironmentVariable(SharedStoreOptions.RootKeyFileVariable)
            : options.RootKeyFile;
        return string.IsNullOrWhiteSpace(path) ? null : new RootKeyFile(Path.GetFullPath(path));
    }

    /// <summary>Refuses a file that is not there, or that others can read or change.</summary>
    /// <param name="file">The file; null if none was named.</param>
    /// <param name="location">The store, for people.</param>
    /// <returns>The file.</returns>
    public static RootKeyFile Require(RootKeyFile? file, string location)
    {
        if (file is null)
        {
            throw IsNotNamed(location);
        }

        if (!File.Exists(file.Path))
        {
            throw new StateStoreException(
                $"'{file.Path}' is missing. Nothing in the store '{location}' can be decrypted without it. Copy the root key file from "
                    + "another machine that uses the store, or restore it from a backup.")
            {
                Reason = NotThere,
                SharedFault = SharedStoreFault.RootKeyFileMissing,
            };
        }

        StorePrivacy.RequireFile(file.Path);
        return file;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">The bytes that receive it; the caller zeroes them.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False if it is longer.</returns>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public static bool TryRead(RootKeyFile file, Span<byte> content, out int length)
    {
        try
        {
            return file.TryRead(content, out length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"'{file.Path}' cannot be read: {exception.Message} Check who owns it and its permissions.", exception);
        }
    }

    /// <summary>The error for a store that is not sealed, where no file was named.</summary>
    public static StateStoreException IsNotNamed(string location) => new(
        $"The store '{location}' is not sealed: each machine that uses it needs a file with its root key, and none was named.")
    {
        Reason = NotThere,
        SharedFault = SharedStoreFault.RootKeyFileMissing,
    };

    /// <summary>Enters the lock of a file, which keeps other processes of this machine from changing it.</summary>
    /// <exception cref="StateStoreException">Others have kept it for so long, or there cannot be one.</exception>
    public static IDisposable Enter(RootKeyFile file, TimeSpan limit) => FolderLock.Enter(file.LockPath, limit)
        ?? throw new StateStoreException($"'{file.Path}' is busy: another process kept its lock for too long. Try again.");

    /// <summary>Makes the folder of a file, if there is none.</summary>
    /// <exception cref="StateStoreException">It cannot be made.</exception>
    public static void MakeFolder(RootKeyFile file)
    {
        string folder = Path.GetDirectoryName(file.Path)!;
        try
        {
            if (!Directory.Exists(folder))
            {
                StoreFolder.CreateFolder(folder);
                AtomicMove.TrySync(Path.GetDirectoryName(folder)!);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The folder '{folder}' of the root key file cannot be made: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a file that is not there. It is on the disk when the call returns, and holds what was written.</summary>
    /// <exception cref="StateStoreException">It is there by now, or cannot be written.</exception>
    public static void Make(RootKeyFile file, ReadOnlySpan<byte> content)
    {
        if (!file.TryCreate(content))
        {
            throw new StateStoreException($"'{file.Path}' was made by another process in the meantime. Nothing was changed. Try again.");
        }

        byte[] written = GC.AllocateArray<byte>(content.Length, pinned: true);
        try
        {
            if (!TryRead(file, written, out int length) || length != content.Length
                || !CryptographicOperations.FixedTimeEquals(written, content))
            {
                throw new StateStoreException(
                    $"'{file.Path}' does not hold what was written to it. Nothing is encrypted with it yet. Check the disk, and name "
                        + "another root key file.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(written);
        }
    }

    /// <summary>The root key of a store that is about to be made: that of the file, which is made if it is not there.</summary>
    /// <exception cref="StateStoreException">The file holds no key for a new store.</exception>
    public static RootKey ReadOrMake(RootKeyFile file)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(RootKeyContent.MaxSize, pinned: true);
        try
        {
            if (!File.Exists(file.Path))
            {
                Span<byte> key = buffer.AsSpan(0, RootKey.Size);
                RandomNumberGenerator.Fill(key);
                Make(file, key);
                return new RootKey(key);
            }

            StorePrivacy.RequireFile(file.Path);
            if (!TryRead(file, buffer, out int length)
                || !RootKeyContent.TryParse(
                    buffer.AsSpan(0, length), out ImmutableArray<RootKeyGeneration> generations, out SealedRootKey? sealedKey))
            {
                throw IsNotForNew(file, "is damaged");
            }

            if (sealedKey is not null)
            {
                throw IsNotForNew(file, "is that of a sealed store");
            }

            RootKey rootKey = new(generations, readAgain: null);
            if (generations is [{ Number: RootKey.FirstGeneration }])
            {
                return rootKey;
            }

            rootKey.Dispose();
            throw IsNotForNew(file, "is that of a store whose root key was rotated");
        }
        catch (SealException exception)
        {
            throw IsNotForNew(file, "is that of a sealed store", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static StateStoreException IsNotForNew(RootKeyFile file, string what, Exception? exception = null) => new(
        $"There is no store in the database yet, and '{file.Path}', with which it would be made, {what}. Nothing was made. Name a root key "
            + "file that does not exist yet; or, if there was a store, restore the database.",
        exception)
    {
        SharedFault = SharedStoreFault.OtherRootKey,
    };
}
