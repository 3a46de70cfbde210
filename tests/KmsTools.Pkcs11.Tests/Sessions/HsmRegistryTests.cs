using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

public sealed class HsmRegistryTests
{
    private static readonly LibraryReference Library = LibraryReference.Parse("/no/such/library.so");
    private static readonly HsmToken Token = new("registry", "0123");

    [Fact]
    public void Join_SameToken_SharesTheHsmUntilTheLastOneLeaves()
    {
        Hsm hsm = HsmRegistry.Join(Library, Token, HsmTimeLimits.Default);
        Assert.Same(hsm, HsmRegistry.Join(Library, Token, HsmTimeLimits.Default));
        HsmRegistry.Leave(hsm);
        Assert.Same(hsm, HsmRegistry.Join(Library, Token, HsmTimeLimits.Default));
        HsmRegistry.Leave(hsm);
        HsmRegistry.Leave(hsm);
        Hsm next = HsmRegistry.Join(Library, Token, HsmTimeLimits.Default);
        Assert.NotSame(hsm, next);
        HsmRegistry.Leave(next);
    }

    [Theory]
    [InlineData("/no/such/other.so", "registry", "0123")]
    [InlineData("/no/such/library.so|parameters", "registry", "0123")]
    [InlineData("/no/such/library.so", "Registry", "0123")]
    [InlineData("/no/such/library.so", "registry", "0124")]
    public void Join_AnotherToken_IsAnotherHsm(string library, string label, string serialNumber)
    {
        Hsm hsm = HsmRegistry.Join(Library, Token, HsmTimeLimits.Default);
        Hsm other = HsmRegistry.Join(LibraryReference.Parse(library), new HsmToken(label, serialNumber), HsmTimeLimits.Default);
        Assert.NotSame(hsm, other);
        HsmRegistry.Leave(other);
        HsmRegistry.Leave(hsm);
    }

    // The tokens of a copied store have the labels and serial numbers of the original.
    [Theory]
    [InlineData("/no/such/libsofthsm2.so", "/copy/softhsm2.conf", false)]
    [InlineData("/no/such/libsofthsm2.so", "/original/softhsm2.conf", true)]
    [InlineData("/no/such/library.so", "/copy/softhsm2.conf", true)]
    public void Join_SameTokenInAnotherFolderOfSoftHsm_IsAnotherHsm(string library, string configuration, bool isSame)
    {
        Hsm hsm = HsmRegistry.Join(LibraryReference.Parse(library, "/original/softhsm2.conf"), Token, HsmTimeLimits.Default);
        Hsm other = HsmRegistry.Join(LibraryReference.Parse(library, configuration), Token, HsmTimeLimits.Default);
        Assert.Equal(isSame, ReferenceEquals(hsm, other));
        HsmRegistry.Leave(other);
        HsmRegistry.Leave(hsm);
    }

    [Fact]
    public void Leave_ClosedHsm_IsNotUsedAnyMore()
    {
        Hsm hsm = HsmRegistry.Join(Library, Token, HsmTimeLimits.Default);
        HsmRegistry.Leave(hsm);
        Assert.False(hsm.IsUsable(0));
        Assert.Equal(HsmFailure.Unreachable, Assert.Throws<HsmException>(() => hsm.Manage(new ProbeCall())).Failure);
    }
}
