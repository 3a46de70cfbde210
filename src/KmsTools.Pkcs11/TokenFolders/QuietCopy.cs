using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Files;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>Copies the files of a token as they are at one moment, even though other programs may be using it.</summary>
internal static class QuietCopy
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Copies until nothing changed from before the copy to after it.</summary>
    /// <returns>The token in the manifest, and how many keys it holds.</returns>
    /// <exception cref="HsmException">
    /// ClusterNotFound: the token does not exist. Unreachable: another program keeps changing it. Failed: it is damaged.
    /// </exception>
    public static (CopyManifest.Token Entry, int Keys) Make(SoftHsmTokens tokens, HsmToken token, string target)
    {
        if (!tokens.TryFind(token, out string? source))
        {
            throw new HsmException(
                HsmFailure.ClusterNotFound, $"'{tokens.Root}' has no folder of the token '{token.TokenLabel}' with the serial number "
                    + $"'{token.SerialNumber}'.");
        }

        const int Tries = 20;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                string before = Look(source);
                (CopyManifest.Token, int) copied = CopyFiles(token, source, target);
                if (Look(source) == before)
                {
                    return copied;
                }
            }
            catch (FileNotFoundException)
            {
                // Another program has destroyed an object.
            }

            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            if (attempt == Tries)
            {
                throw new HsmException(
                    HsmFailure.Unreachable,
                    $"Another program keeps changing the token '{token.TokenLabel}'. Try again when it has finished.");
            }

            Thread.Sleep(Pause);
        }
    }

    private static string Look(string folder)
    {
        StringBuilder seen = new();
        foreach (FileInfo file in SoftHsmTokens.Files(folder))
        {
            // Timestamps alone are not enough: file systems record them in steps of milliseconds.
            string content = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName)));
            seen.Append(CultureInfo.InvariantCulture, $"{file.Name} {content} {file.LastWriteTimeUtc.Ticks}\n");
        }

        string generation = Path.Combine(folder, SoftHsmTokens.GenerationFile);
        return seen.Append(File.Exists(generation) ? Convert.ToHexString(File.ReadAllBytes(generation)) : "").ToString();
    }

    private static (CopyManifest.Token Entry, int Keys) CopyFiles(HsmToken token, string source, string target)
    {
        DurableFolder.Create(target);
        List<CopyManifest.Entry> entries = [];
        int keys = 0;
        foreach (FileInfo file in SoftHsmTokens.Files(source))
        {
            byte[] content = File.ReadAllBytes(file.FullName);
            SoftHsmObjectFile? parsed = file.Name == SoftHsmTokens.GenerationFile ? null : SoftHsmObjectFile.Parse(content);
            if (file.Name == SoftHsmTokens.TokenObject && parsed?.SerialNumber != token.SerialNumber)
            {
                throw new HsmException(HsmFailure.Failed, $"The token '{token.TokenLabel}' is damaged: '{file.FullName}' is not whole.");
            }

            keys += parsed?.IsAesKey == true ? 1 : 0;
            DurableFolder.Write(Path.Combine(target, file.Name), content);
            entries.Add(new(file.Name, content.Length, CopyManifest.DigestOf(content)));
        }

        AtomicMove.Sync(target);
        return (new(token.TokenLabel, token.SerialNumber, entries), keys);
    }
}
