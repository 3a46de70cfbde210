using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Files;

/// <summary>
/// What lets its owner sign in to the console of a store once, within a minute: the owner of the store's folder leaves it there, in a file
/// that is named by the digest of a secret, and the link has the secret. Nobody else can make one.
/// </summary>
/// <param name="PrincipalArn">Whom the calls of the session are made as; empty for the user of the operating system.</param>
/// <param name="AccessKeyId">The access key that they are made with; null where the principal was only named.</param>
/// <param name="SessionToken">The session token of temporary credentials, or null.</param>
internal sealed record ConsoleTicket(string PrincipalArn, string? AccessKeyId, string? SessionToken)
{
    /// <summary>How long a ticket is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private const string FolderName = "console";
    private const string Extension = ".ticket";
    private const int SecretSize = 32;
    private const UnixFileMode OwnerOnlyFolder = PendingFile.OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Leaves a ticket in the folder of a store.</summary>
    /// <param name="storeFolder">The full path of the folder of the store.</param>
    /// <param name="now">The time, on the real clock.</param>
    /// <returns>The secret of the link.</returns>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public string Leave(string storeFolder, DateTimeOffset now)
    {
        string folder = FolderOf(storeFolder);
        MakeFolder(folder);
        Sweep(folder, now);
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        using PendingFile file = new(PathOf(folder, secret));
        string end = (now + Lifetime).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        file.Stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', end, PrincipalArn, AccessKeyId, SessionToken)));
        _ = file.TryComplete(overwrite: false);
        return secret;
    }

    /// <summary>
    /// Writes a page that goes on to a link, for its owner only: what a browser is started with is seen by all users of the machine, so that
    /// must not be the link itself.
    /// </summary>
    /// <param name="storeFolder">The full path of the folder of the store.</param>
    /// <param name="link">The link.</param>
    /// <returns>The full path of the page.</returns>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public static string WritePage(string storeFolder, Uri link)
    {
        string path = Path.Combine(FolderOf(storeFolder), $"open-{Guid.NewGuid():N}.html");
        string url = WebUtility.HtmlEncode(link.AbsoluteUri);
        using PendingFile file = new(path);
        file.Stream.Write(Encoding.UTF8.GetBytes(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}">
            <title>KmsTools</title>
            <p><a href="{url}">Open the console</a></p>
            </html>
            """));
        _ = file.TryComplete(overwrite: false);
        return path;
    }

    /// <summary>Takes the ticket of a secret, so that nobody can take it again.</summary>
    /// <param name="storeFolder">The full path of the folder of the store.</param>
    /// <param name="secret">What the link has.</param>
    /// <param name="now">The time, on the real clock.</param>
    /// <param name="ticket">The ticket, if there is one and its time is not over.</param>
    public static bool TryTake(string storeFolder, string secret, DateTimeOffset now, [NotNullWhen(true)] out ConsoleTicket? ticket)
    {
        ticket = null;
        string path = PathOf(FolderOf(storeFolder), secret);
        string taken = $"{path}.{Guid.NewGuid():N}";
        try
        {
            // Only one of several that try moves it.
            File.Move(path, taken);
            string[] lines = File.ReadAllText(taken).Split('\n');
            if (lines is [var end, var principalArn, var accessKeyId, var sessionToken]
                && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
                && now < DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
            {
                ticket = new ConsoleTicket(principalArn, OrNull(accessKeyId), OrNull(sessionToken));
            }

            return ticket is not null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            File.Delete(taken);
        }

        static string? OrNull(string text) => text.Length == 0 ? null : text;
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnlyFolder);
        }
    }

    private static string FolderOf(string storeFolder) => Path.Combine(storeFolder, FolderName);

    private static string PathOf(string folder, string secret) =>
        Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))) + Extension);

    // Those of links that nobody opened.
    private static void Sweep(string folder, DateTimeOffset now)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (File.GetLastWriteTimeUtc(file) + Lifetime < now.UtcDateTime)
            {
                File.Delete(file);
            }
        }
    }
}
