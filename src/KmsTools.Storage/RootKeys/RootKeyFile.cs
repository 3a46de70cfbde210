using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.RootKeys;

/// <summary>
/// A file with a root key, which is replaced as a whole, and the two that lie beside it for a moment. Whoever changes it sees to it that
/// nobody else does at the same time.
/// </summary>
/// <param name="path">Full path of the file.</param>
internal sealed class RootKeyFile(string path)
{
    private const string NextSuffix = "-new";
    private const string FormerSuffix = "-old";
    private const string LockSuffix = ".lock";

    public string Path => path;

    /// <summary>What the file is replaced by; it is there only for a moment.</summary>
    public string NextPath => path + NextSuffix;

    /// <summary>What the file was before is called so where two files cannot exchange their names; only for a moment.</summary>
    public string FormerPath => path + FormerSuffix;

    /// <summary>Locked by who changes the file, where no other lock keeps others from it.</summary>
    public string LockPath => path + LockSuffix;

    /// <summary>Whether a process has died before it could delete what was there before.</summary>
    public bool HasLeftovers => File.Exists(NextPath) || File.Exists(FormerPath);

    private string Folder => System.IO.Path.GetDirectoryName(path)!;

    /// <summary>Reads the file.</summary>
    /// <param name="content">The bytes that receive it; the caller zeroes them.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False if it is longer.</returns>
    public bool TryRead(Span<byte> content, out int length)
    {
        using FileStream stream = new(
            path,
            new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
        length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return stream.ReadByte() < 0;
    }

    /// <summary>Makes the file, if there is none. It is on the disk when the call returns.</summary>
    /// <returns>False if there is one by now.</returns>
    public bool TryCreate(ReadOnlySpan<byte> content)
    {
        bool isCreated = false;
        Change(content, next =>
        {
            Write(next);
            isCreated = AtomicMove.TryMoveFile(NextPath, path);
            if (!isCreated)
            {
                Delete(NextPath);
            }

            AtomicMove.Sync(Folder);
        });
        return isCreated;
    }

    /// <summary>Replaces the file. It is on the disk when the call returns.</summary>
    /// <param name="content">What it is to hold.</param>
    /// <exception cref="StateStoreException">It cannot be written; the former file is there unless the message says otherwise.</exception>
    public void Replace(ReadOnlySpan<byte> content) => Change(content, next =>
    {
        Write(next);
        File.Move(NextPath, path, overwrite: true);
        AtomicMove.Sync(Folder);
    });

    /// <summary>
    /// As <see cref="Replace"/>, and keeps the former file, until <see cref="Forget"/> or <see cref="PutBack"/>, as what the next one is
    /// called.
    /// </summary>
    public void Exchange(ReadOnlySpan<byte> content) => Change(content, next =>
    {
        Write(next);
        if (!AtomicMove.TryExchange(NextPath, path))
        {
            // Where there is no such call, which is on Windows, replacing keeps the former file too.
            File.Replace(NextPath, path, FormerPath);
            File.Move(FormerPath, NextPath);
        }

        AtomicMove.Sync(Folder);
    });

    /// <summary>Undoes <see cref="Exchange"/>.</summary>
    public void PutBack() => Change([], _ =>
    {
        File.Move(NextPath, path, overwrite: true);
        AtomicMove.Sync(Folder);
    });

    /// <summary>Overwrites and deletes the file.</summary>
    /// <exception cref="StateStoreException">It cannot be deleted.</exception>
    public void Remove() => Change([], _ => Delete(path));

    /// <summary>Overwrites and deletes what a file was replaced by, or was to be replaced by.</summary>
    /// <exception cref="StateStoreException">It cannot be deleted.</exception>
    public void Forget() => Change([], _ => Delete(NextPath, FormerPath));

    private void Change(ReadOnlySpan<byte> content, Secret.SecretAction change)
    {
        try
        {
            change(content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"'{path}' could not be replaced: {exception.Message} Check the disk and the permissions of the folder, and try again.",
                exception);
        }
    }

    private void Write(ReadOnlySpan<byte> content)
    {
        Delete(NextPath, FormerPath);
        StoreFolder.WriteNewFile(NextPath, content);
    }

    private void Delete(params ReadOnlySpan<string> files)
    {
        bool isChanged = false;
        foreach (string file in files)
        {
            if (File.Exists(file))
            {
                StoreFolder.Overwrite(file);
                File.Delete(file);
                isChanged = true;
            }
        }

        if (isChanged)
        {
            AtomicMove.Sync(Folder);
        }
    }
}
