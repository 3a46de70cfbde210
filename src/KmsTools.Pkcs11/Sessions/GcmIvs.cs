namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Who generates the IVs of AES-GCM. Most HSMs accept a random one from the caller. CloudHSM refuses it: it expects a zeroed buffer and
/// writes its own IV into it. Learned from the first message of a login, and forgotten with it: the same library may reach another HSM
/// afterwards.
/// </summary>
internal sealed class GcmIvs
{
    private volatile bool _areGeneratedByHsm;

    public bool AreGeneratedByHsm => _areGeneratedByHsm;

    /// <summary>The HSM has refused a random IV and replaced a zeroed one.</summary>
    public void LeaveToHsm() => _areGeneratedByHsm = true;
}
