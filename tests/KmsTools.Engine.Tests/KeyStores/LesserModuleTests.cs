using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.KeyStores;

/// <summary>Real modules whose tokens cannot serve, in clusters.</summary>
[Collection("SoftHSM")]
public sealed class LesserModuleTests : IDisposable
{
    private const string Cluster = "cluster-3abcdefghij";

    private readonly HsmFixture _hsm = new();

    private KmsEngine Engine => _hsm.Kms.Engine;

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void OpenCryptoki_RegisterAndAdd_AreRefusedAndNothingChanges()
    {
        using OpenCryptokiLab lab = new();
        RequireRefused(lab);
    }

    [Fact]
    public void Tpm_RegisterAndAdd_AreRefusedAndNothingChanges()
    {
        using TpmLab lab = new();
        RequireRefused(lab);
    }

    private void RequireRefused(HsmLab lab)
    {
        string message = $"The token '{lab.TokenLabel}' lacks CKM_AES_GCM.";
        HsmException registering = Assert.Throws<HsmException>(
            () => Engine.HsmClusters.Register(lab.Library, [lab.TokenLabel], Cluster));
        Assert.Equal((HsmFailure.NotPermitted, message), (registering.Failure, registering.Message));
        Assert.Empty(Engine.HsmClusters.Find(Cluster));

        _hsm.Connected();
        HsmException adding = Assert.Throws<HsmException>(
            () => Engine.HsmMembers.Add(HsmFixture.ClusterId, lab.TokenLabel, lab.Library));
        Assert.Equal((HsmFailure.NotPermitted, message), (adding.Failure, adding.Message));
        Assert.Equal(_hsm.Token, Assert.Single(Engine.HsmMembers.Find(HsmFixture.ClusterId)).TokenLabel);
        _hsm.CreateKey();
    }
}
