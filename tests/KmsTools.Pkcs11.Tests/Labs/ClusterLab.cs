using System.Collections.Immutable;
using System.Text;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>A cluster of SoftHSM tokens, <c>hsm1</c> to <c>hsmN</c>, which do not know of each other.</summary>
public class ClusterLab : SoftHsmLab
{
    private readonly Dictionary<string, string> _folders = [];

    public ClusterLab(int size, string pin = UserPin)
    {
        Activate();
        ImmutableArray<HsmToken>.Builder tokens = ImmutableArray.CreateBuilder<HsmToken>();
        for (int number = 1; number <= size; number++)
        {
            tokens.Add(AddToken($"hsm{number}", pin));
        }

        Members = tokens.ToImmutable();
        SerialNumber = Members[0].SerialNumber;
    }

    public override string TokenLabel => "hsm1";

    public ImmutableArray<HsmToken> Members { get; private set; }

    public override HsmCluster Cluster => base.Cluster with { Tokens = Members };

    public HsmToken AddToken(string label, string pin = UserPin)
    {
        string[] before = Directory.GetDirectories(Tokens);
        HsmStatus status = Provider.InitializeToken(Library, label, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(pin));
        _folders[label] = Directory.GetDirectories(Tokens).Except(before).Single();
        return new(label, status.SerialNumber);
    }

    public string FolderOf(string label) => _folders[label];

    /// <summary>Takes an HSM away.</summary>
    public void Lose(string label) => Directory.Move(FolderOf(label), Away(label));

    /// <summary>Brings it back.</summary>
    public void Return(string label) => Directory.Move(Away(label), FolderOf(label));

    /// <summary>Another program at one of the tokens.</summary>
    internal OtherSoftware At(string label, string pin = UserPin) => new(this, Cryptoki.CKU_USER, pin, label);

    private string Away(string label) => Path.Combine(Folder, $"away-{label}");
}
