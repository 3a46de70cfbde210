using System.Runtime.ExceptionServices;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>
/// A lab as the fixture of a class. A test that uses it is skipped where the lab cannot be made: a fixture that throws fails its tests.
/// </summary>
public sealed class Made<TLab> : IDisposable
    where TLab : HsmLab, new()
{
    private readonly TLab? _lab;
    private readonly ExceptionDispatchInfo? _failure;

    public Made()
    {
        try
        {
            _lab = new();
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    public TLab Lab
    {
        get
        {
            _failure?.Throw();
            return _lab!;
        }
    }

    public void Dispose() => _lab?.Dispose();
}
