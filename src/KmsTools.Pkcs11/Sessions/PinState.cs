using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The PINs of the crypto user of one HSM: the one to log in with, the one that may have replaced it, and whether the HSM refused it.
/// Owns the PINs that it is given until it no longer needs them.
/// </summary>
/// <param name="sync">
/// The lock of the login state, which guards all of this: decisions about the PIN and about the login are made together.
/// </param>
internal sealed class PinState(Lock sync) : IDisposable
{
    private AcceptedPin? _accepted;
    private AcceptedPin? _uncertain;
    private HsmFailure? _refusal;

    /// <summary>The PIN that the HSM accepted last, or that the other HSMs of its cluster accepted; null before the first one.</summary>
    public AcceptedPin? Accepted
    {
        get
        {
            lock (sync)
            {
                return _accepted;
            }
        }
    }

    /// <summary>How the HSM refused the accepted PIN, which must not be offered again; null when it did not.</summary>
    public HsmFailure? Refusal
    {
        get
        {
            lock (sync)
            {
                return _refusal;
            }
        }
    }

    /// <summary>Whether it is the accepted PIN: the same object, not one with the same characters.</summary>
    public bool IsAccepted(AcceptedPin pin) => ReferenceEquals(pin, Accepted);

    /// <summary>Records a PIN that other HSMs of the cluster accepted.</summary>
    public void Adopt(AcceptedPin pin)
    {
        lock (sync)
        {
            if (!IsAccepted(pin))
            {
                _accepted?.Dispose();
                (_accepted, _refusal) = (pin, null);
            }
        }
    }

    /// <summary>Records that the HSM is about to be asked to accept another PIN. Until it replies, it has one or the other.</summary>
    /// <param name="next">The other PIN.</param>
    /// <param name="inUse">The PIN of the attempt in progress, which forgets it at its end; null if there is none.</param>
    public void BeginChange(AcceptedPin next, AcceptedPin? inUse)
    {
        lock (sync)
        {
            if (!ReferenceEquals(_uncertain, inUse))
            {
                _uncertain?.Dispose();
            }

            _uncertain = next;
        }
    }

    /// <summary>Records that the HSM did not accept the PIN of a change.</summary>
    public void CancelChange(AcceptedPin next)
    {
        lock (sync)
        {
            _uncertain = null;
            next.Dispose();
        }
    }

    /// <summary>Records that the HSM accepted a PIN.</summary>
    public void Accept(AcceptedPin pin)
    {
        lock (sync)
        {
            DisposeExcept(pin);
            (_accepted, _uncertain, _refusal) = (pin, null, null);
        }
    }

    /// <summary>Lets an attempt whose PIN was refused offer the one that may have replaced it.</summary>
    /// <returns>False when there is none: no reply to a PIN change is missing.</returns>
    public bool TryUseUncertain(LoginAttempt attempt)
    {
        lock (sync)
        {
            if (_uncertain is null)
            {
                return false;
            }

            attempt.Pin = _uncertain;
            return true;
        }
    }

    /// <summary>Records that an attempt to log in with a PIN failed. The PIN is forgotten, unless this object owns it.</summary>
    /// <remarks>
    /// The uncertain PIN is offered after the accepted one: when it is refused, both are. The answer to the PIN of a new connection says
    /// nothing about these two.
    /// </remarks>
    public void RecordFailure(AcceptedPin pin, HsmFailure failure)
    {
        lock (sync)
        {
            if (Owns(pin))
            {
                _refusal = ReturnValueMap.IsRefusal(failure) ? failure : null;
            }
            else
            {
                pin.Dispose();
            }
        }
    }

    /// <summary>Forgets the PIN of an attempt that has ended, unless this object owns it.</summary>
    public void Release(AcceptedPin pin)
    {
        lock (sync)
        {
            if (!Owns(pin))
            {
                pin.Dispose();
            }
        }
    }

    /// <summary>Zeroes the PINs except for one that an attempt still uses.</summary>
    public void DisposeExcept(AcceptedPin? inUse)
    {
        lock (sync)
        {
            foreach (AcceptedPin? pin in new[] { _accepted, _uncertain })
            {
                if (!ReferenceEquals(pin, inUse))
                {
                    pin?.Dispose();
                }
            }
        }
    }

    /// <summary>Zeroes the PINs.</summary>
    public void Dispose() => DisposeExcept(null);

    private bool Owns(AcceptedPin pin) => ReferenceEquals(pin, _accepted) || ReferenceEquals(pin, _uncertain);
}
