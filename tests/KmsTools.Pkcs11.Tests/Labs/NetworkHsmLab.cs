using KmsTools.NetworkHsms;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM behind a socket, in another process.</summary>
public sealed class NetworkHsmLab : HsmLab
{
    private readonly NetworkHsm _hsm = new("kms-net-lab", timeout: 10_000);

    public NetworkHsmLab()
    {
        _hsm.WithToken();
        SerialNumber = _hsm.SerialNumber;
    }

    public override string Library => _hsm.Library;

    public override string TokenLabel => _hsm.Label;

    public override void Dispose()
    {
        base.Dispose();
        _hsm.Dispose();
    }
}
