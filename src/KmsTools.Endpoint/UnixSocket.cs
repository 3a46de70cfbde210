using System.Net;
using System.Net.Sockets;

namespace KmsTools.Endpoint;

/// <summary>A Unix socket that only the user who runs this program can connect to. It is removed when it is closed.</summary>
internal static class UnixSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The address of a path, which may be relative.</summary>
    /// <exception cref="ArgumentException">The path is too long for the system.</exception>
    public static UnixDomainSocketEndPoint AddressOf(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(Path.GetFullPath(path));
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new ArgumentException($"'{path}' is too long for a socket. Give a shorter path.", exception);
        }
    }

    /// <summary>
    /// Binds a socket, with its folder if that does not exist. What a killed process has left there is replaced. Nobody can connect before
    /// the permissions are set.
    /// </summary>
    /// <exception cref="IOException">
    /// Another process listens there, something else has the name, or others can replace the socket.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public static Socket Bind(EndPoint address)
    {
        string path = address.ToString()!;
        PrepareFolder(Path.GetDirectoryName(path)!);
        RemoveStale(path, address);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(address);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void PrepareFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
        else if (File.GetUnixFileMode(folder) is var mode && !mode.HasFlag(UnixFileMode.StickyBit)
            && (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new IOException($"Other users can replace a socket in '{folder}'. Run: chmod go-w '{folder}'");
        }
    }

    private static void RemoveStale(string path, EndPoint address)
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(address);
            throw new IOException($"Another process listens on '{path}'.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            RequireSocket(path);
            File.Delete(path);
        }
    }

    // Connecting to a file is refused like connecting to a socket without a listener; only a socket cannot be opened.
    private static void RequireSocket(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite).Dispose();
        }
        catch (IOException)
        {
            return;
        }

        throw new IOException($"'{path}' exists, and is not a socket.");
    }
}
