using System.Collections.Immutable;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>A cluster of three SoftHSM tokens, <c>hsm1</c> to <c>hsm3</c>, which do not know of each other.</summary>
public sealed class ClusterLab : SoftHsmLab
{
    private static readonly string[] Labels = ["hsm1", "hsm2", "hsm3"];
    private static readonly Lazy<(string Folder, ImmutableArray<HsmToken> Members)> Model = new(MakeModel);

    private readonly Dictionary<string, string> _folders = [];

    /// <param name="areNew">
    /// Whether the tokens are new. Otherwise they have exchanged keys before, which saves the time for the first.
    /// </param>
    public ClusterLab(bool areNew = false)
    {
        ActivateForAll();
        if (areNew)
        {
            Members = [.. Labels.Select(label => AddToken(label))];
        }
        else
        {
            Members = Model.Value.Members;
            foreach (string folder in Directory.GetDirectories(Model.Value.Folder))
            {
                string copy = Path.Combine(Tokens, Path.GetFileName(folder));
                Directory.CreateDirectory(copy);
                foreach (string file in Directory.GetFiles(folder))
                {
                    File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
                }

                // SoftHSM names the folder by a UUID that ends in the serial number.
                HsmToken token = Members.Single(
                    member => copy.Replace("-", "", StringComparison.Ordinal).EndsWith(member.SerialNumber, StringComparison.Ordinal));
                _folders[token.TokenLabel] = copy;
            }
        }

        ActivateForAll();
        SerialNumber = Members[0].SerialNumber;
    }

    public override string TokenLabel => Labels[0];

    public ImmutableArray<HsmToken> Members { get; }

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

    private static (string Folder, ImmutableArray<HsmToken> Members) MakeModel()
    {
        using ClusterLab lab = new(areNew: true);
        using (IHsmConnection connection = lab.Connect())
        {
            byte[] id = NewId();
            connection.GenerateKey("arn:model", id);
            Assert.True(connection.DestroyKey(id));
        }

        string kept = Path.Combine(Path.GetTempPath(), $"kmstools-hsm-model-{Guid.NewGuid():N}");
        Directory.Move(lab.Tokens, kept);
        Directory.CreateDirectory(lab.Tokens);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(kept, recursive: true);
        return (kept, lab.Members);
    }

    // Other software sees what KmsTools hands on before it first initialises a module.
    private void ActivateForAll()
    {
        Activate();
        NativeEnvironment.Synchronize();
    }

    private string Away(string label) => Path.Combine(Folder, $"away-{label}");
}
