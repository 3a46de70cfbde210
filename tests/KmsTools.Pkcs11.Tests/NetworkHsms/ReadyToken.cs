using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.NetworkHsms;

/// <summary>
/// Tokens of SoftHSM that have exchanged keys with another HSM before. They are copies of one that was made once: to make the RSA key pair for
/// that takes each HSM a second.
/// </summary>
/// <param name="make">Makes the one, and says in which folder it is, outside of the folder of tokens, and its label and serial number.</param>
internal sealed class ReadyToken(Func<(string Folder, HsmToken Token)> make)
{
    private const int LabelLength = 32;

    private readonly Lazy<(string Folder, HsmToken Token)> _model = new(make);

    /// <summary>Lets two HSMs exchange keys.</summary>
    public static void Exchange(IHsmProvider provider, string library, HsmToken one, HsmToken other, string pin)
    {
        HsmCluster cluster = new()
        {
            ClusterId = "cluster-2abcdefghij",
            Library = library,
            Tokens = [one, other],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        };
        byte[] id = new byte[32];
        using IHsmConnection connection = provider.Connect(cluster, Encoding.UTF8.GetBytes(pin));
        connection.GenerateKey("arn:model", id);
        Assert.True(connection.DestroyKey(id));
    }

    /// <summary>Puts a copy into a folder of tokens.</summary>
    /// <returns>The serial number of the copy.</returns>
    public string CopyTo(string tokens, string label)
    {
        (string model, HsmToken token) = _model.Value;

        // SoftHSM names the folder by a UUID that ends in the serial number.
        string name = Guid.NewGuid().ToString();
        string serialNumber = name.Replace("-", "", StringComparison.Ordinal)[^16..];
        string copy = tokens + "-" + name;
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(model))
        {
            byte[] content = File.ReadAllBytes(file);
            if (Path.GetFileName(file) == "token.object")
            {
                Replace(content, token.TokenLabel.PadRight(LabelLength), label.PadRight(LabelLength));
                Replace(content, token.SerialNumber, serialNumber);
            }

            File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(file)), content);
        }

        Directory.Move(copy, Path.Combine(tokens, name));
        return serialNumber;
    }

    private static void Replace(Span<byte> content, string before, string after)
    {
        int place = content.IndexOf(Encoding.ASCII.GetBytes(before));
        Assert.True(place >= 0 && before.Length == after.Length, before);
        Encoding.ASCII.GetBytes(after).CopyTo(content[place..]);
    }
}
