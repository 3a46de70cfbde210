using System.Globalization;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Which token is meant, by label, by URI, and when it is looked for again.</summary>
public sealed class TokenSelectionTests : IDisposable
{
    private const ulong Ready = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED;

    private readonly SoftHsmLab _lab = new();

    public TokenSelectionTests() => _lab.Activate();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Find_TwoTokensWithOneLabel_NamesTheirUris()
    {
        (HsmStatus first, HsmStatus second) = MakeTwins("dup");
        HsmException error = Assert.Throws<HsmException>(() => _lab.Provider.Find(_lab.Library, ["dup"]));
        Assert.Equal(HsmFailure.Ambiguous, error.Failure);
        Assert.StartsWith($"2 tokens have the label 'dup'. Name one by its URI:{Environment.NewLine}  "
            + "'pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{first.Uri}'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{second.Uri}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(first, Find(first.Uri!));
        Assert.Equal(second, Find(second.Uri!));
    }

    [Fact]
    public void Find_BySerialSlotOrDescription_TellsTwinsApart()
    {
        (HsmStatus first, HsmStatus second) = MakeTwins("dup");
        string slot = (ulong.Parse(second.SerialNumber[^8..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & 0x7fffffff)
            .ToString(CultureInfo.InvariantCulture);
        string hex = ulong.Parse(slot, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture);
        Assert.Equal(first, Find($"pkcs11:serial={first.SerialNumber}"));
        Assert.Equal(second, Find($"pkcs11:token=dup;slot-id={slot}"));
        Assert.Equal(second, Find($"pkcs11:slot-description=SoftHSM%20slot%20ID%200x{hex};slot-manufacturer=SoftHSM%20project"));
        Assert.Equal("", Find($"pkcs11:token=other;slot-id={slot}").SerialNumber);
        Assert.Equal("", Find($"pkcs11:token=dup;slot-id={slot};slot-manufacturer=other").SerialNumber);
        Assert.Equal("", Find($"pkcs11:serial={first.SerialNumber};model=other").SerialNumber);
        Assert.Equal("", Find($"pkcs11:serial={first.SerialNumber};manufacturer=other").SerialNumber);
        Assert.Throws<HsmException>(() => Find("pkcs11:manufacturer=SoftHSM%20project"));
    }

    [Fact]
    public void Find_ByLibrary_AsksC_GetInfo()
    {
        HsmStatus made = Make("lab");
        Assert.Equal(
            made,
            Find("pkcs11:library-manufacturer=SoftHSM;library-description=Implementation%20of%20PKCS11;library-version=2.6"));
        Assert.Equal("", Find("pkcs11:token=lab;library-version=2").SerialNumber);
        Assert.Equal("", Find("pkcs11:token=lab;library-version=2.7").SerialNumber);
        Assert.Equal("", Find("pkcs11:token=lab;library-manufacturer=other").SerialNumber);
        Assert.Equal("", Find("pkcs11:token=lab;library-description=other").SerialNumber);
    }

    [Fact]
    public void Find_TrailingBlanks_DoNotCountAndLeadingOnesDo()
    {
        HsmStatus made = Make("trail2   ");
        Assert.Equal("trail2", made.TokenLabel);
        Assert.Equal(made, _lab.Provider.Find(_lab.Library, ["trail2"])[0]);
        Assert.Equal(made, _lab.Provider.Find(_lab.Library, ["trail2" + new string(' ', 26)])[0]);
        Assert.Equal(made, Find("pkcs11:token=trail2%20%20"));
        Assert.Equal("", _lab.Provider.Find(_lab.Library, [" trail2"])[0].SerialNumber);
        Assert.Equal("", _lab.Provider.Find(_lab.Library, ["trail2\t"])[0].SerialNumber);
        HsmStatus leading = Make(" trail2");
        Assert.Equal(leading, Find("pkcs11:token=%20trail2"));
        Assert.Equal(made, Find("pkcs11:token=trail2"));
        Assert.Equal(HsmFailure.InvalidArgument, Assert.Throws<HsmException>(() => Make("trail2 ")).Failure);
        Assert.Equal(HsmFailure.InvalidArgument, Assert.Throws<HsmException>(() => Make("   ")).Failure);
    }

    [Fact]
    public void Find_LabelWithAllKindsOfCharacters_ComesBackByItsUri()
    {
        HsmStatus made = Make("a;b/c é🔑 '?&=%");
        Assert.Equal(made, Find(made.Uri!));
        using IHsmConnection connection = _lab.Provider.Connect(_lab.Cluster with { Tokens = [made.ToToken(null, true)] }, "user-1234"u8);
        Assert.Empty(connection.ListKeys()[0].Keys);
    }

    [Fact]
    public void Connect_TwinsInOneCluster_AreTwoHsmsWithNamesThatDiffer()
    {
        (HsmStatus first, HsmStatus second) = MakeTwins("dup");
        using IHsmConnection connection = _lab.Provider
            .Connect(_lab.Cluster with { Tokens = [first.ToToken(null, true), second.ToToken(null, true)] }, "user-1234"u8);
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("key", id);
        string[] names = [$"dup ({first.SerialNumber})", $"dup ({second.SerialNumber})"];
        Assert.Equal(names, connection.ListKeys().Select(static hsm => hsm.Name));
        Assert.Equal(names, connection.ListKeys().Select(static hsm => Assert.Single(hsm.Keys).TokenLabel));
    }

    [Fact]
    public void InitializeToken_ByUri_TakesTheSlotThatIsMeant()
    {
        HsmStatus first = Make("first");
        Assert.Equal(HsmFailure.InvalidArgument, Refused("pkcs11:token=second;slot-id=77"));
        Assert.Equal(HsmFailure.InvalidArgument, Refused("pkcs11:token=second;model=other"));
        Assert.Equal(HsmFailure.InvalidArgument, Refused("pkcs11:token=first"));
        Assert.Equal(HsmFailure.InvalidArgument, Refused("pkcs11:slot-id=1"));

        // The free slot of SoftHSM has the number of tokens before it.
        HsmStatus second = Initialize("pkcs11:token=second;slot-id=1;model=SoftHSM%20v2");
        Assert.Equal(["first", "second"], _lab.Provider.ListTokens(_lab.Library).Select(static token => token.TokenLabel).Order());
        Assert.Equal((first, second), (Find(first.Uri!), Find(second.Uri!)));
    }

    [Fact]
    public void Inspect_OneOfTwins_IsFoundAgainAfterTheOtherIsGone()
    {
        (HsmStatus first, HsmStatus second) = MakeTwins("dup");
        HsmToken[] registered = [first.ToToken(null, true), second.ToToken(null, true)];
        Assert.Equal([first, second], _lab.Provider.Inspect(_lab.Library, registered));
        Directory.Delete(FolderOf(first.SerialNumber), recursive: true);
        HsmStatus gone = first with
        {
            State = HsmState.DEGRADED,
            Manufacturer = "",
            Model = "",
            FirmwareVersion = "",
            MinPinLength = null,
            MaxPinLength = null,
            Reason = $"No token has the label 'dup' and the serial number '{first.SerialNumber}'.",
        };
        Assert.Equal([gone, second], _lab.Provider.Inspect(_lab.Library, registered));
    }

    [Theory]
    [InlineData("1234", true)]
    [InlineData("0001", true)]
    [InlineData("123", false)]
    [InlineData("", false)]
    [InlineData("0000", false)]
    [InlineData("0000000000000000", false)]
    public void Require_AnotherModelWithTheSameSerial_IsTakenOnlyWhereTheSerialTells(string serial, bool isTaken)
    {
        TokenSlots slots = Slots(Info("lab", serial, "maker", "new"));
        HsmToken wanted = new("lab", serial, null, "maker", "old");
        Assert.Equal(isTaken, slots.Find(wanted) is not null);
        if (isTaken)
        {
            Assert.Equal(0ul, slots.Require(wanted).Slot);
        }
        else
        {
            Assert.Equal(HsmFailure.ClusterNotFound, Assert.Throws<HsmException>(() => slots.Require(wanted)).Failure);
        }
    }

    [Fact]
    public void Require_SeveralWithTheSameSerial_TakesTheOneOfItsMaker()
    {
        TokenSlots slots = Slots(
            Info("lab", "1234", "maker", "old"),
            Info("lab", "1234", "maker", "new"),
            Info("lab", "1234", "other", "old"));
        Assert.Equal(1ul, slots.Require(new HsmToken("lab", "1234", null, "maker", "new")).Slot);
        Assert.Equal(2ul, slots.Require(new HsmToken("lab", "1234", null, "other", "old")).Slot);
        HsmException error = Assert.Throws<HsmException>(() => slots.Require(new HsmToken("lab", "1234", null, "maker")));
        Assert.Equal(HsmFailure.Failed, error.Failure);
        Assert.Equal("2 tokens have the label 'lab', the serial number '1234', and the same manufacturer and model: they cannot be "
            + "distinguished. Remove the wrong one.", error.Message);
    }

    [Fact]
    public void Require_StoreThatDoesNotKnowTheMaker_TakesTheOnlyOne() =>
        Assert.Equal(0ul, Slots(Info("lab", "123", "maker", "new")).Require(new HsmToken("lab", "123")).Slot);

    [Fact]
    public void Find_TokenThatOnlyItsSlotTellsFromAnother_IsRefused()
    {
        TokenSlots slots = Slots(Info("lab", "123", "maker", "m"), Info("lab", "123", "maker", "m"));
        HsmException error = Assert.Throws<HsmException>(() => slots.Find(null!, "/lib/p11.so", new TokenSelector { SlotId = 1 }));
        Assert.Equal(HsmFailure.InvalidArgument, error.Failure);
        Assert.StartsWith("Another token of /lib/p11.so has the label 'lab', the serial number '123', and the same manufacturer and model "
            + "too. Only their slots differ", error.Message, StringComparison.Ordinal);
    }

    private static TokenInfo Info(string label, string serial, string manufacturer, string model) =>
        new(label, serial, manufacturer, model, "1.0", Ready, 4, 255, null);

    private static TokenSlots Slots(params TokenInfo[] tokens) =>
        new(tokens.Length, [.. tokens.Select(static (token, slot) => ((ulong)slot, token))], null);

    private HsmStatus Find(string uri)
    {
        using HsmUri read = _lab.Provider.ParseUri(uri);
        return _lab.Provider.Find(_lab.Library, [read.Token])[0];
    }

    private HsmStatus Initialize(string uri)
    {
        using HsmUri read = _lab.Provider.ParseUri(uri);
        return _lab.Provider.InitializeToken(_lab.Library, read.Token, "officer-5678"u8, "user-1234"u8);
    }

    private HsmFailure Refused(string uri) => Assert.Throws<HsmException>(() => Initialize(uri)).Failure;

    private HsmStatus Make(string label) => _lab.Provider.InitializeToken(_lab.Library, label, "officer-5678"u8, "user-1234"u8);

    private (HsmStatus First, HsmStatus Second) MakeTwins(string label)
    {
        HsmStatus first = Make(label);
        string home = FolderOf(first.SerialNumber);
        string away = Path.Combine(_lab.Folder, "away");
        Directory.Move(home, away);
        HsmStatus second = Make(label);
        Directory.Move(away, home);
        return (first, second);
    }

    private string FolderOf(
        string serial) => Directory.GetDirectories(_lab.Tokens).Single(folder => folder.Replace("-", "", StringComparison.Ordinal).EndsWith(serial, StringComparison.Ordinal));
}
