using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.XksProxy.Settings;

/// <summary>Where a PIN or a secret access key comes from. It never is in the settings themselves.</summary>
public abstract record SecretSource
{
    private protected SecretSource()
    {
    }

    /// <summary>A file that only its owner can read, with the secret in UTF-8 and nothing else except a final line ending.</summary>
    /// <param name="path">Full path of the file.</param>
    public static SecretSource OfFile(string path) => new FileSource(path);

    /// <summary>A variable of the environment of the proxy.</summary>
    /// <param name="name">The name of the variable.</param>
    public static SecretSource OfVariable(string name) => new VariableSource(name);

    /// <summary>A credential that systemd gives to a service, in a folder that keeps others away.</summary>
    /// <param name="name">The name of the credential.</param>
    public static SecretSource OfCredential(string name) => new CredentialSource(name);

    /// <summary>A secret that the program has already. The source keeps a copy.</summary>
    /// <param name="secret">The secret.</param>
    public static SecretSource Of(ReadOnlySpan<byte> secret) => new KnownSource(Secret.CopyOf(secret));

    /// <summary>Reads the secret as it is now.</summary>
    /// <param name="what">What it is, as in "PIN", for the message of an error.</param>
    /// <returns>The secret; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">There is none, or others than its owner can read it.</exception>
    public abstract Secret Read(string what);

    private sealed record FileSource(string Path) : SecretSource
    {
        public override Secret Read(string what) => SecretFile.Read(Path, what);
    }

    private sealed record VariableSource(string Name) : SecretSource
    {
        public override Secret Read(string what) => Environment.GetEnvironmentVariable(Name) is { Length: > 0 } value
            ? Secret.TakeOver(Encoding.UTF8.GetBytes(value))
            : throw new ArgumentException($"The environment variable {Name}, which should contain the {what}, is not set.");
    }

    private sealed record CredentialSource(string Name) : SecretSource
    {
        // By which systemd names the folder.
        private const string FolderVariable = "CREDENTIALS_DIRECTORY";

        public override Secret Read(string what) => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
            ? SecretFile.Read(Path.Combine(folder, Name), what, isInPrivateFolder: true)
            : throw new ArgumentException(
                $"The {what} should be the credential '{Name}' of systemd, which gave this program none ({FolderVariable} is not set).");
    }

    private sealed record KnownSource(Secret Secret) : SecretSource
    {
        public override Secret Read(string what) => Secret.Use(Secret.CopyOf);
    }
}
