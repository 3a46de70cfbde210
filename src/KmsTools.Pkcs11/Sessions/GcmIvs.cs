namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Who makes the IVs of AES-GCM. Most HSMs take a random one from their caller. CloudHSM refuses it: it wants a zeroed buffer and writes an
/// IV of its own there. Learned from the first message of a login, and forgotten with it: the same library may lead to another HSM then.
/// </summary>
internal sealed class GcmIvs
{
    private volatile bool _areMadeByHsm;

    public bool AreMadeByHsm => _areMadeByHsm;

    /// <summary>The HSM has refused a random IV and replaced a zeroed one.</summary>
    public void LeaveToHsm() => _areMadeByHsm = true;
}
