using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests.Interop;

public class AbiTests
{
    [Fact]
    public void Layouts_Unix64_MatchTheHeaderWithNaturalAlignment()
    {
        Abi abi = Abi.Unix64;
        Assert.Equal((0, 8, 16, 24), (abi.Mechanism.Mechanism, abi.Mechanism.Parameter, abi.Mechanism.ParameterLength, abi.Mechanism.Size));
        Assert.Equal((0, 8, 16, 24), (abi.Attribute.Type, abi.Attribute.Value, abi.Attribute.ValueLength, abi.Attribute.Size));
        Assert.Equal((0, 8, 16), (abi.GcmParameters.Iv, abi.GcmParameters.IvLength, abi.GcmParameters.IvBits));
        Assert.Equal(
            (24, 32, 40, 48),
            (abi.GcmParameters.AdditionalData, abi.GcmParameters.AdditionalDataLength, abi.GcmParameters.TagBits, abi.GcmParameters.Size));
        Assert.Equal((32, 40, 48), (abi.InitializeArguments.Flags, abi.InitializeArguments.Reserved, abi.InitializeArguments.Size));
        Assert.Equal((0, 32, 64, 80), (abi.TokenInfo.Label, abi.TokenInfo.Manufacturer, abi.TokenInfo.Model, abi.TokenInfo.SerialNumber));
        Assert.Equal((96, 136, 144), (abi.TokenInfo.Flags, abi.TokenInfo.MaximumPinLength, abi.TokenInfo.MinimumPinLength));
        Assert.Equal((186, 208), (abi.TokenInfo.FirmwareVersion, abi.TokenInfo.Size));
        Assert.Equal((0, 8, 16, 32), (abi.SessionInfo.Slot, abi.SessionInfo.State, abi.SessionInfo.Flags, abi.SessionInfo.Size));
        Assert.Equal((8, 520), (abi.FunctionList.Function(0), abi.FunctionList.Function(64)));
    }

    [Fact]
    public void Layouts_Windows64_ArePackedAndHaveShortIntegers()
    {
        Abi abi = Abi.Windows64;
        Assert.Equal((0, 4, 12, 16), (abi.Mechanism.Mechanism, abi.Mechanism.Parameter, abi.Mechanism.ParameterLength, abi.Mechanism.Size));
        Assert.Equal((0, 4, 12, 16), (abi.Attribute.Type, abi.Attribute.Value, abi.Attribute.ValueLength, abi.Attribute.Size));
        Assert.Equal((0, 8, 12), (abi.GcmParameters.Iv, abi.GcmParameters.IvLength, abi.GcmParameters.IvBits));
        Assert.Equal(
            (16, 24, 28, 32),
            (abi.GcmParameters.AdditionalData, abi.GcmParameters.AdditionalDataLength, abi.GcmParameters.TagBits, abi.GcmParameters.Size));
        Assert.Equal((32, 36, 44), (abi.InitializeArguments.Flags, abi.InitializeArguments.Reserved, abi.InitializeArguments.Size));
        Assert.Equal((96, 116, 120), (abi.TokenInfo.Flags, abi.TokenInfo.MaximumPinLength, abi.TokenInfo.MinimumPinLength));
        Assert.Equal((142, 160), (abi.TokenInfo.FirmwareVersion, abi.TokenInfo.Size));
        Assert.Equal((0, 4, 8, 16), (abi.SessionInfo.Slot, abi.SessionInfo.State, abi.SessionInfo.Flags, abi.SessionInfo.Size));
        Assert.Equal((2, 514), (abi.FunctionList.Function(0), abi.FunctionList.Function(64)));
    }

    [Fact]
    public void MaximumSizes_EveryAbi_HoldTheStructures()
    {
        foreach (Abi abi in new[] { Abi.Unix64, Abi.Windows64, Abi.Current })
        {
            Assert.True(abi.Mechanism.Size <= MechanismLayout.MaxSize);
            Assert.True(abi.Attribute.Size <= AttributeLayout.MaxSize);
            Assert.True(abi.GcmParameters.Size <= GcmParametersLayout.MaxSize);
            Assert.True(abi.TokenInfo.Size <= TokenInfoLayout.MaxSize);
            Assert.True(abi.SessionInfo.Size <= SessionInfoLayout.MaxSize);
        }
    }

    [Fact]
    public void Narrow_FourByteResult_IgnoresTheUpperHalfOfTheRegister()
    {
        nuint register = unchecked((nuint)0xDEADBEEF_000000A0);
        Assert.Equal(0xA0UL, Abi.Windows64.Narrow(register));
        Assert.Equal(0xDEADBEEF_000000A0, Abi.Unix64.Narrow(register));
    }
}
