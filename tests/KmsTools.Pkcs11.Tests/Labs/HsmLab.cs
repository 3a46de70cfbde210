using System.Security.Cryptography;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>A module with one token of its own, in a folder of its own.</summary>
public abstract class HsmLab : IDisposable
{
    public const string UserPin = "user-1234";
    public const string OfficerPin = "officer-5678";

    protected HsmLab() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"kmstools-hsm-{Guid.NewGuid():N}");

    public Pkcs11HsmProvider Provider { get; } = new();

    public abstract string Library { get; }

    public abstract string TokenLabel { get; }

    public string SerialNumber { get; protected set; } = "";

    /// <summary>The PIN of the crypto user.</summary>
    public virtual string Pin => UserPin;

    public virtual HsmCluster Cluster => new()
    {
        ClusterId = "cluster-2abcdefghij",
        Library = Library,
        Tokens = [new HsmToken(TokenLabel, SerialNumber)],
        TrustAnchorCertificate = "",
        CreationDate = DateTimeOffset.UnixEpoch,
    };

    public static byte[] NewId() => RandomNumberGenerator.GetBytes(32);

    /// <summary>Makes the module find this lab's folder. The environment is the process's: every test begins with this.</summary>
    public virtual void Activate()
    {
    }

    public IHsmConnection Connect(string? pin = null) => Provider.Connect(Cluster, Encoding.UTF8.GetBytes(pin ?? Pin));

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Activate();
        Provider.Dispose();

        // The lock files of a library stay; those of libraries that only this lab had would pile up.
        string library = LibraryReference.Parse(Library).Path;
        Directory.Delete(Folder, recursive: true);
        if (!File.Exists(library))
        {
            Array.ForEach(RuntimeFolder.LockFiles(library), File.Delete);
        }
    }
}
