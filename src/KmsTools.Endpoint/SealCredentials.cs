using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Sealing;

namespace KmsTools.Endpoint;

/// <summary>
/// Where what opens a sealed store comes from: files that options name, the folder of credentials that systemd gives a service, or the key
/// of the seal from the process that started this program, over standard input. None of it is ever an argument or in the environment.
/// </summary>
internal sealed record SealCredentials
{
    /// <summary>The name of the credential with the passphrase.</summary>
    public const string PassphraseName = "kmstools.passphrase";

    /// <summary>The name of the credential with the recovery key.</summary>
    public const string RecoveryKeyName = "kmstools.recovery-key";

    /// <summary>The name of the credential with the PIN of the HSM.</summary>
    public const string PinName = "kmstools.pin";

    /// <summary>The variable by which systemd names the folder.</summary>
    public const string FolderVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>What standard input begins with where the key of the seal follows.</summary>
    public const byte KeyMark = (byte)'K';

    /// <summary>What standard input begins with where a passphrase follows.</summary>
    public const byte PassphraseMark = (byte)'P';

    /// <summary>The file with the passphrase, or null.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>The file with the recovery key, or null.</summary>
    public string? RecoveryKeyFile { get; init; }

    /// <summary>The file with the PIN of the HSM, or null.</summary>
    public string? PinFile { get; init; }

    /// <summary>
    /// Whether standard input begins with what opens the seal: a mark, its length in two bytes (big endian), and its bytes.
    /// </summary>
    public bool FromInput { get; init; }

    /// <summary>Whether an option names something that opens a seal.</summary>
    public bool AreNamed => (PassphraseFile ?? RecoveryKeyFile ?? PinFile) is not null;

    private IEnumerable<(SealSlotKind Kind, string File, bool IsCredential)> Files
    {
        get
        {
            (SealSlotKind Kind, string? File, string Name)[] all =
            [
                (SealSlotKind.HSM, PinFile, PinName), (SealSlotKind.PASSPHRASE, PassphraseFile, PassphraseName),
                (SealSlotKind.RECOVERY_KEY, RecoveryKeyFile, RecoveryKeyName),
            ];
            string? folder = AreNamed ? null : Environment.GetEnvironmentVariable(FolderVariable);
            foreach ((SealSlotKind kind, string? file, string name) in all)
            {
                string? path = file ?? (string.IsNullOrEmpty(folder) ? null : Path.Combine(folder, name));
                if (path is not null && (file is not null || File.Exists(path)))
                {
                    yield return (kind, path, file is null);
                }
            }
        }
    }

    /// <summary>Opens a seal with the first of them that the seal has a slot for.</summary>
    /// <exception cref="SealException">None does.</exception>
    /// <exception cref="ArgumentException">A file cannot be used.</exception>
    public SealKey Open(Seal seal, Func<IHsmProvider> hsms, SealKey? key, Secret? passphrase)
    {
        if (key is not null)
        {
            return key.Copy();
        }

        if (passphrase is not null)
        {
            return seal.Open(Opener(passphrase));
        }

        (SealSlotKind Kind, string File, bool IsCredential)[] files = [.. Files];
        if (files.Length == 0)
        {
            throw new SealException(SealFault.Locked, "Nothing was given that opens its seal.");
        }

        (SealSlotKind Kind, string File, bool IsCredential) chosen = files.FirstOrDefault(
            file => seal.Slots.Any(slot => slot.Kind == file.Kind), files[0]);
        string what = chosen.Kind switch
        {
            SealSlotKind.PASSPHRASE => "passphrase",
            SealSlotKind.RECOVERY_KEY => "recovery key",
            _ => "PIN",
        };

        // systemd keeps others away from the folder, and may show the permissions of an access list on the file.
        using Secret secret = SecretFile.Read(Path.GetFullPath(chosen.File), what, chosen.IsCredential);
        if (chosen.Kind == SealSlotKind.RECOVERY_KEY)
        {
            using RecoveryKey recoveryKey = Parse(secret);
            return seal.Open(new RecoveryKeyOpener(recoveryKey));
        }

        return seal.Open(chosen.Kind == SealSlotKind.HSM ? new HsmOpener(hsms, secret) : Opener(secret));
    }

    /// <summary>Lends what a passphrase file and a recovery key file name, for a new seal.</summary>
    /// <param name="use">Gets what opens the seal; may be empty.</param>
    /// <exception cref="ArgumentException">A file cannot be used.</exception>
    public T UseOpeners<T>(Func<IReadOnlyCollection<SealOpener>, T> use)
    {
        List<IDisposable> secrets = [];
        List<SealOpener> openers = [];
        try
        {
            foreach ((SealSlotKind kind, string file, bool isCredential) in Files.Where(static file => file.Kind != SealSlotKind.HSM))
            {
                bool isPassphrase = kind == SealSlotKind.PASSPHRASE;
                Secret secret = SecretFile.Read(Path.GetFullPath(file), isPassphrase ? "passphrase" : "recovery key", isCredential);
                secrets.Add(secret);
                if (isPassphrase)
                {
                    openers.Add(Opener(secret));
                    continue;
                }

                RecoveryKey recoveryKey = Parse(secret);
                secrets.Add(recoveryKey);
                openers.Add(new RecoveryKeyOpener(recoveryKey));
            }

            return use(openers);
        }
        finally
        {
            secrets.ForEach(static secret => secret.Dispose());
        }
    }

    /// <summary>Reads what standard input begins with.</summary>
    /// <param name="input">The input, of which nothing is read that follows.</param>
    /// <param name="key">The key of the seal, or null; the caller disposes of it.</param>
    /// <param name="passphrase">The passphrase, or null; the caller disposes of it.</param>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static void ReadInput(Stream input, out SealKey? key, out Secret? passphrase)
    {
        (key, passphrase) = (null, null);
        byte[] head = new byte[1 + sizeof(ushort)];
        byte[] content = [];
        try
        {
            input.ReadExactly(head);
            content = GC.AllocateUninitializedArray<byte>(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)), pinned: true);
            input.ReadExactly(content);
            switch (head[0], content.Length)
            {
                case (KeyMark, SealKey.Size):
                    key = new SealKey(content);
                    break;
                case (PassphraseMark, > 0):
                    passphrase = Secret.CopyOf(content);
                    break;
                default:
                    throw new ArgumentException("Standard input does not begin with what opens a sealed store.");
            }
        }
        catch (EndOfStreamException exception)
        {
            throw new ArgumentException("Standard input does not begin with what opens a sealed store.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static PassphraseOpener Opener(Secret passphrase) => new(passphrase, static () => new BouncyCastleArgon2id());

    private static RecoveryKey Parse(Secret text)
    {
        try
        {
            return RecoveryKey.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new ArgumentException(exception.Message, exception);
        }
    }
}
