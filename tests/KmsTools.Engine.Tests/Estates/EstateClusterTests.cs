using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Imports of clusters on real HSMs.</summary>
[Collection("SoftHSM")]
public sealed class EstateClusterTests : IDisposable
{
    private const string ClusterId = "cluster-3abcdefghij";

    private readonly HsmFixture _hsm = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-estate-").FullName;

    private KmsEngine Engine => _hsm.Kms.Engine;

    /// <summary>The same library under another path.</summary>
    private string OtherLibrary => Path.Combine(_folder, "other.so");

    public EstateClusterTests() => File.CreateSymbolicLink(OtherLibrary, SoftHsm.Library);

    public void Dispose()
    {
        _hsm.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Export_LibraryOfATokenAndExternalRequests_ComeBackEqual()
    {
        (string first, string second, string third) = (_hsm.NewToken(), _hsm.NewToken(), _hsm.NewToken());
        Import(Wanted(Token(first), Token(second, OtherLibrary), Token(third, SoftHsm.Library)) with { CommandsFromElsewhere = new(12) });

        HsmCluster registered = Registered()!;
        Assert.Equal(
            [(first, null), (second, OtherLibrary), (third, null)],
            registered.Tokens.Select(static token => (token.TokenLabel, token.Library)));
        Assert.Equal((SoftHsm.Library, 12), (registered.Library, registered.CommandsFromElsewhere));
        HsmClusterDescription seen = Assert.Single(Engine.HsmClusters.Find(ClusterId));
        Assert.Equal([HsmState.ACTIVE, HsmState.ACTIVE, HsmState.ACTIVE], seen.Hsms.Select(static hsm => hsm.State));
        Assert.Equal([SoftHsm.Library, OtherLibrary, SoftHsm.Library], seen.Hsms.Select(static hsm => hsm.Library));

        EstateCluster exported = Exported();
        Assert.Equal(
            [(first, null), (second, OtherLibrary), (third, null)],
            exported.Tokens.Select(static token => (token.Label.Value, token.Library?.Value)));
        Assert.Equal(12, exported.CommandsFromElsewhere!.Value);
        Assert.Equal([EstateAction.Unchanged], Import(exported));

        Engine.HsmClusters.Unregister(ClusterId);
        Assert.Equal([EstateAction.Created], Import(exported));
        Assert.Equal(registered.Tokens, Registered()!.Tokens);
        Assert.Equal((registered.Library, 12), (Registered()!.Library, Registered()!.CommandsFromElsewhere));
        Assert.Equal([EstateAction.Unchanged], Import(exported));

        // What is the default is not written.
        Assert.Equal([EstateAction.Updated], Import(exported with { CommandsFromElsewhere = new(0) }));
        Assert.Equal(0, Registered()!.CommandsFromElsewhere);
        Assert.Null(Exported().CommandsFromElsewhere);
    }

    [Fact]
    public void Export_HsmAddedWithALibrary_IsDescribedWithIt()
    {
        (string first, string second) = (_hsm.NewToken(), _hsm.NewToken());
        Import(Wanted(Token(first)));
        Engine.HsmMembers.Add(ClusterId, second, OtherLibrary);
        Assert.Equal(
            [(first, null), (second, OtherLibrary)],
            Exported().Tokens.Select(static token => (token.Label.Value, token.Library?.Value)));
        Assert.Equal([EstateAction.Unchanged], Import(Exported()));
        EstateError error = Assert.Single(Assert.Throws<EstateException>(() => Import(Wanted(Token(first), Token(second)))).Errors);
        Assert.Equal(
            $"The library of the token {second} of {ClusterId} is {OtherLibrary} and cannot be changed to {SoftHsm.Library}.",
            error.Message);
    }

    [Fact]
    public void Import_OneHsmMissing_RegistersNothing()
    {
        (string first, string second) = (_hsm.NewToken(), _hsm.NewToken());
        string absent = Path.Combine(_folder, "absent.so");
        long version = Engine.Store.ReadVersion();

        Assert.Equal(
            $"{OtherLibrary} has no token with the label 'absent'.", Refusal(Wanted(Token(first), Token("absent", OtherLibrary))));
        Assert.Contains(absent, Refusal(Wanted(Token(first), Token(second, absent))), StringComparison.Ordinal);

        Assert.Null(Registered());
        Assert.Equal(version, Engine.Store.ReadVersion());
        Assert.Equal([EstateAction.Created], Import(Wanted(Token(first), Token(second, OtherLibrary))));

        string Refusal(EstateCluster cluster)
        {
            EstateError error = Assert.Single(Assert.Throws<EstateException>(() => Import(cluster)).Errors);
            Assert.Equal(new SourcePosition(2, 5), error.Position);
            return error.Message;
        }
    }

    private static EstateToken Token(string label, string? library = null) => new(new(label), library is null ? null : new(library));

    private static EstateCluster Wanted(params EstateToken[] tokens) =>
        new() { Position = new(2, 5), Id = new(ClusterId), Library = new(SoftHsm.Library), Tokens = [.. tokens] };

    private HsmCluster? Registered()
    {
        using IStateReader reader = Engine.OpenReader();
        return reader.FindCluster(ClusterId);
    }

    private EstateCluster Exported() => EstateExport.Read(Engine).Clusters.Single(static cluster => cluster.Id.Value == ClusterId);

    private EstateAction[] Import(EstateCluster cluster)
    {
        using EstateImport import = EstateImport.Prepare(Engine, new Estate { Clusters = [cluster] });
        return [.. import.Changes.Select(change => import.Apply(change).Action)];
    }
}
