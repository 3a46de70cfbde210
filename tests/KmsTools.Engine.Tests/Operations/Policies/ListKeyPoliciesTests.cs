namespace KmsTools.Operations;

public sealed class ListKeyPoliciesTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListKeyPolicies_Key_HasOneNamedDefault()
    {
        ListKeyPoliciesResponse page = _kms.Call(new ListKeyPoliciesRequest { KeyId = _kms.CreateKey().KeyId, Limit = 1 });

        Assert.Equal(["default"], page.PolicyNames);
        Assert.False(page.Truncated);
        Assert.Null(page.NextMarker);
        Assert.True(Assert.Single(_kms.Events("ListKeyPolicies")).ReadOnly);
    }

    [Fact]
    public void ListKeyPolicies_AnyMarker_IsRefused() => Assert.Equal(
        "InvalidMarkerException",
        _kms.Refused(new ListKeyPoliciesRequest { KeyId = _kms.CreateKey().KeyId, Marker = Marker.After("ListKeyPolicies", "default") })
            .ErrorCode);

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ListKeyPolicies_LimitOutsideTheModel_IsRefused(int limit) =>
        Assert.Equal(
            "ValidationException",
            _kms.Refused(new ListKeyPoliciesRequest { KeyId = _kms.CreateKey().KeyId, Limit = limit }).ErrorCode);
}
