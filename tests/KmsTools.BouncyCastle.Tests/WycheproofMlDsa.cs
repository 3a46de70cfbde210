namespace KmsTools;

/// <summary>
/// ML-DSA vectors of the Wycheproof project (C2SP/wycheproof, testvectors_v1, mldsa_44_sign_seed_test.json and its kin): tcId 1, whose
/// context is empty. All have the seed of 32 times 0x2a and the message "Hello world".
/// </summary>
/// <param name="PrivateKey">PKCS#8, hexadecimal.</param>
/// <param name="PublicKeySha256">The SHA-256 hash of the encoded public key, hexadecimal.</param>
/// <param name="Mu">The message representative, hexadecimal.</param>
/// <param name="SignatureBase64">The signature.</param>
public sealed record WycheproofMlDsa(string PrivateKey, string PublicKeySha256, string Mu, string SignatureBase64)
{
    private static readonly WycheproofMlDsa MlDsa44 = new(
        "3034020100300b0609608648016503040311042280202a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a",
        "d87f8ca136ac1aa55e2d6c4521680efb3a378cbb9bc0bfb446e9c60893931ea3",
        "0ba2d90bc4fa5877844e47f7563eefccf658f898eaf4197b2a9a89d3df683955c73a80895ac0a51cc9049d44cdc1d1c550ef3870c1126afdb3d52ee057cbbcdd",
        """
        Gqacte01IEU08l9AoX6w12f4mB9efOxG078yUr/HjgnQLvDILabd6XNhHISUcokBBhWMsV/6bKiRYV6IjvoNLYoSG3XKRAIorTKZG+NCSWIPFY/9b3TXsDv5GSGM4lm1
        AICOwVfq1ntWt56eZgfq+5InuKMK2+wIfTW8GuwvGgxN0Sbfz7n78L10+x4JJJX6mUq1p80TMygar+g0aUptwR6InHYrVkVjjhct+rMGADHrzcH9RV1d5gUL9xsHSk3T
        SvXr8VSHZR8PE+XTzuIxubNHgQv8QYGW351yMXgMCRcbmq5zK+onoWSdjAMiD0F+MKAWsIzLHVXJM3tIEuIOBFI/XSmnYKAbOoDXYoVSEgZIHuHkTfCadpE7pUrlDI65
        c6PO1zlQ+/OcTAwSYqIWghpEIHLBDMgoOaxXuJhBG+noEPiTJyolRv99HZIPFGIQ78K0UovJigmaOYMC0wH8Heoxs9j/eCRqZvaQ71NraOAr1+ojpTeJMN3n8b61F0mJ
        anlE5aQOb7ux92w/2gnjLgpYBiwkysfduMHSy7NSqB4zZCXF9VEkbbRezQqynayIzev1HGC+vC4nyXT1baEsH+xPV0WFBCm2B/XtfNgh8skfwt2owsjo7CeNGypb9Q7H
        DFYj/GgbTR3M/5azJMtT/5dHD53hd8IAaomvjxhgOm1OomJXlGlf55zTAxih52MHpMKjU9seB2rZtgmiSJuUy23YIcOvMQRrt6XUPRkOCfzklp/k6TyDk5deZMstnCKU
        /EJ+9RkcQJN5KbOw4bA35rhMwCmdWvK1QQEYv9iO9kka9vISMzkMp6GfFXbmxaEKZzeWkFViB1BHiW46I3n2Tfu8Erm/5kk5wtBe+8X25LXKac4e1LfSXoyDWwYSsz4T
        7XqKcjO0s9WO6tC8TIQay2Wl7A7UXiWEwjwqFiOStXicYjWOQDiGTiDBDhDGfZQM54mTF42+s94f6h5Q58KfTX2TjDv+UCKeoEAQLzDVs6ZMuOE0IAZdVKGsUKdzg73/
        PK4jQOvxWhVX/eiXAHwbZ9BPGUMcoAyw8I24fpDhZuD0zm/WnG7O8bP3DZ62AbV6e/kxBXwq/i01Z7a77HiRxmRxM4USL914nB1aipz9SR9AfBbQsMXfxTpoYiCOJkuY
        G/LdvdHX25cptSZcTDhoqUfJgogLxVt4YVO4nvMyQGezWpKMUSNry+n4YK2e7lZER4+JSp/njSaloX1IJhLxy5mDuGTm+6hFkcD3O3snkYgZ0hIdSvZA9TPik509oPCq
        a534CDeoAWWui3V5cVGS6w9synikPYrY16u1bYFuOvLeWbiL/c9nZ6v7BD064kIj0FABlT+qKSZxxXreH+KJiAdauNFKyYNjQSvWlMQK6FsfEEr80PJapZD1e6T1399h
        O/hZTj9Uuq399QwIga8kdVkHWKI7fu5yVRPk0eqfRjAVnEJKKJ8YqYeeXhczkPjmMPbuKmBD2CoZg9yXx6z+o7DAPifoZdgQ0BLa7sKNxFT1kzTt8kYn1DVwHTKf9eaN
        Gbvcpe99XgAgT6lH0I+By2SEyr5gmJ0vYfvnCUD35PRJs/yxA6iRQ9dLFdcueRPc6Rk6C5xaeyqXvebX85augLS1Zvny5zRbxCzjsAKBjhnw8WQWuFCDLNAiee6NWKOB
        3qrAmxtNRhP00GaAXS+upnFuAV/jYcBSbG5GF6OJ/9+TAhPB3AxMkFwxBqdRfc56vqepNBEy+K2Y3j5C9rdYCf/zj27q+5c5jnnVClYiM4djxORaiN3af7h6t/XOxhEJ
        /cHF1KFjECdSQfw0F4AopJ/XlYGgXDtphO7NbLm9YKRNpyYA+PJgSk/0V4EmGU+yJpyObnFEdEXo6Av4xgY9u/Kcfe1Yq7wNLu00e/SVtqnL5oWFpZSqDmWDS/vMzD9r
        9C/k70LYYjLD+xQS3QtfigSJlY9cO4g794UTN6NbE90rZRdib/LRBkzRib60Akl91riJPUFN3n0dUQGMeoN2ai2KKbgOj0KCN3MvfuW6h4Fj8KqK9bYFM7TUYho4/cVD
        g6yzMlteh24hSD7dzGTEGVluZW0VV74xtTDqZgVPedT0p1X57jPIT+1dVS7F4uzNBhz0xLXDwWpwp7rszPwgjSQw54Yhya5bDQgJc7Th3wofXAQV2208hfnqkEHpqavd
        5x1ndqUiqpV/cIsUoz7aEOu6uTu47Ct6BGefOOtE/FWO5pjTxpN+DmR9zomNdZn+9t4yrk1SrcciRDYQshJlWXVqo288eWlrmb49kI94D8uu8zshVpNjTWPOKgd337vI
        mdK+cu/br7wQrvsmoaY83P2gAjWzTbcjyRYk7l+TkCTf7boIY60I9kh2fUH8f9azF8UfSxuH4h4H1IjJQjWB+bva5D5NMrN+goOWBST5pgGrafXNf7AcmopcZP6GNRmh
        6fNCY5j2kaluF0hJG04gn8oqspSBpnRiHHl2FLoW+/39GkGE5/hGZ+cg5rzZ3r7zLCueiRpuPAQjFY9TmDjYQT6fxwfVxlsjNotu3JXZw/jiC7uERJkxFhSUVgbBSH70
        AV0eJg+oI5q6oHG+VyFjEyvbBu8h4xvg+dS2dHE05IQr7c079TsNbwVGk7xCjppxXVoyp55qPLi4H68sBAh9iBZ1Jjei/hHqyzg0HgJISFYqKdRYXk7lZVLOmx+tQ7ll
        o3v/hViSF5DvD0rFW8rEMn0Xg/Xh55vwHpaTS7So9d0GyDu3CyN3GJ1iKhBhAPDL3TjjTAVlkAxhZWEWGzJhhZEz+DiT/rIrC6/ILPTw26/eBkji+GJg5udHA05cs+zp
        gIf790F5xjBvDEYLXWCbmzpmdhRy7gudq7XfqHLVxrybM0YaJ7VCe9iDP4dPR57MXwogMEuadarMgkIKh69kadqu9TORroolRo5xfcR/Rk/ORaMRR8DE4SrC+DRWfkAF
        sIJ9E7PsgM2LepB0NuZiTGyKxqgK3TXPoaKIcvtlyz+kaJTRFqBS8Ztf4gx+rRC9JNJ60rVoPymdEZPsbZ/zN587PjnLmZGDHxlK8gQQhVCNpNy3uHhcvcTgTPTYJtHv
        ShEDbkxYA8Oqp2abTdO8Ev+IiYTpu9rODncqtZMytHMAM0dXZ3V4gI6QkpaXqc7P1u0bMD1CUHOKl6CqusbZHig6S2lvcYGChJOuyM3P4ers/AInSElXWVutvL/I+gAA
        AAAAAAAAAAAAAAAAAAAAABIfMj4=
        """);

    private static readonly WycheproofMlDsa MlDsa65 = new(
        "3034020100300b0609608648016503040312042280202a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a",
        "b7acce2ddb11f8cc1aa46e2bafac6eacfa2b732ef192bd636ad8d3a56d649c66",
        "de30bd32395e1998bcdae79ad419cec6ea9e9a903fdc552c6e9801208174d80a9d2f3902a144e62f89d6e505cc9c69fb01de013fc1d0204ee4dcf5fcc25f1378",
        """
        adpa7G1fWPvylDnFIL1ouWbj3SymM7aDUcKGI0RxOh6cCGpE+ahwo8zBTeYtbBKyeMNU1xl8TW1/g9FCKymyUPXuP+wRgxHZBeXbK0uLI7jVQiAtZlL23D+dftUfJGMI
        LT8UXP0Pp6xUikfpHBzLGlWyFekKs1W/xtZxVCh7Hfrg+1MCZNu4QadoSzluXKBFnXlSFkFqnSMryJsy4PlGH1MQfHjmbI6HZVTo3dUBhntV3Pwfsz8QLgM3PN0ZJkDx
        AnoIzid7Ro9u0P6AqdbNLWsvejc4yDJdlbDMxue5+wAMkjuSKY4IZ9Sp9t1VE+gAEDPGM7sWQe5mNJSHIk3UM4bH/MKZFjMgZqhoEA1G4sW4NUwo8IegJMuidpSvxMFm
        Xg1ys3aGkZrVUFLMY6FE/r5OKgya5BbgZOKJ+facu4g2ZdETCCa3t04wyUormLZ7RxZj49ZjJts7Q76/lY6GZbaO2pDoxdlJSwx8nsSIAJEN1tkGsfzUegqsRirIexJt
        IbW6FQ32H3UiV931oGO0pbFQNx1iVTXjsodLn+VIlg/2eTHNbBJJboIT4qzm//SOa9xgMQ5JOJ9iV52ya5Ktc+nT8jlCyrUXhPSLNmC2RQyuy7DfKqTI5WV39epFDS9/
        UarMCzBKYiUL8srnuZ3NlVtllmJdBtocZ/cwtwb9umMPAP2JGDDSUUhGQLclirNk1v2ZhoeP/6abfES5LkMUOv+uiwmOHSdxaFDzdVO/JmzftWGrvNv+uAdSs2RDTmS4
        BCm1TMiGk84D3A+hR/B0GyFfByhJm9wlFAqvyXasmekQuoqKUNIbe92qKGJrO5CpP9RAdwaDV8gdNuc17aQ2KTCt6tSVGguqEE84T8cOhCqfMp4YaLB7RV6cw/7NVIBc
        kFLnD4jDuS/g/GpNfdoYz1aU5TmIYOQ5oeGdWmby+8CqzdGkmHEbsWBUeWwBWnFTle9hdON7BO2libZzxNXdpzeBf7UvOSyvenLXo+hLIYDLW3W8ivBlvcBcPkBAQ1ob
        FgCBNSrEPgnL8urW4JwrC+DjeJSIj+KBL2iAb5V8E/zm/xZ7zuIdT0EuyVpIR/Pbe/RBIjpNTKntaa203opLWwHHdfJyEibmxZ/yb8OOG7eKOEsw57VfCC4mTY8l4xUY
        YZ3da2qfr4qmzbXqt17VmjOCXV74uTveXRIK2nc/zAhSuRj08D4tKlQ7FTY624I+sfbFM7mNlAQR4fXBz1Ifn2PVRUaXYIMmYl//4Bv4f0QYfa1jHfKJjv/SwpHZgiLl
        ZKvjsEK3XpDJxUZnhC+o67aKEkS/jgw64+5fl9Xd7v2YbEvT+Z2HfCzCOBqJq9xhcT04zuWL9pgFpIXCiNIbFYQxRwZrSnTGncJd6HjiHTX9/mdG/rTBZmBr8yGeQs9j
        WB5+a9ZXD0D4+uWQzt9RBv5XA3zLIyS3T8plAPbtPQc2zcxn0E+PqegAVKW9fIRZ/Bq7HEx4Z31/azJa+UoOXJx9sKdI4SxSZehySUfZtcS6sai2+uyCfMQewRXvPC1z
        SM3avd+8hDbztBdl4T83YrO0XtIxVvCFgx5yalXUuDhIs9HTNSqrntzArCOI8jg/YwGtgTuRfuPyNzTgV4Mq5M9l5mjJ3dC90PnYtmkyVGSWaKqRofpet8WYWbtt3TbC
        X0oiI/XWiLSA0DiPowfqaSmPm/dzf2s9v9qHszGv/XXNjYjwRg6Y68KJCyF71tEQAKOgiM2Df0+IWaQ/dq+qqwWgwwB6FJ1Na5FVytwsm1UAPv3sUBK2JyuHGDaUxQXw
        RG7eVfNbirIB+e2pdP+EDsyw8AT6Os91Os0GE/ZuKmrILjIhmdN7Svg8uz2YNxwxvnm7QjMegZZEy60s4noE5MUXmYaSzYMxVSiS4ZmgGmkivaTTisTAH3CICeUpwyFu
        qrOZ7yWzUOohO6RxJvJ4FA4XORynE5vRPFb0Fea3Su2Nv784yV3G2zZv1yqoY6J/oevxmHFkALl4o3CeNQOXMZMEBliOvf/TX6IwqbdfzkHXrNIUyk8AKYlsE3SV6t4M
        9NEP5iHHPwEGGssHfechd/9dvG8MW+xoGqNGaMpPzdcnUlBosLDpBylxuE72zhHVw8YCTaQJZnA9zCszrgT2d2d2NaVdtQjzTxQDzb43lgyFd9rD2EiynztcXGxW+3Tz
        TI9GNMBLjM6bIY8XYMoA5t6H79FAh8YzRpyJK/PjGUQzNnM7tgz7RJQb+iUimqJDhNgS25D+dOD5P9oAXuqHQAc2yrwDb3FCG2ZXsWdNSo92y786ixwK+C9ylzkndSJX
        xTLbQ52WdirWTxAlUanQP5zj2MyFDDk8Eov4BUu1W7kuox7AcG8IOpz5BCTGF/itKiEiXRkTww6PR6a3ExME1TaoVZbr/Zh7ZLa/PFFjjWyDkhS1PDwQqlK9nG63f8+A
        teO3JN7BOB0OAiB6atxz/1PZ0f/O4cSij6VEXOUY7uk3B0/3pAL1u8s2L/CQQV+dvZO2LuVtyMUOTS40xsYhZQwN/+MRSE6V1o3ncXDJCcgVgolGru7H7eVrz0M+Ivxj
        oz92TO0fkkLz0m3HVYaG5HHzD76TBNPVaviyPnKkCIlwsksvfpaMHQOS7usLDwrIwXZUelOD2UjtFUhLeeITFKHyjtYk9h5ars8iaeWwJ+GRD/3e3lL61OjaIk6KELB5
        VI+nzUQXL0mRrf12I9E+WhnIEoJLz5kMB8lyHe2Qk75s57x9o6yMkyEzpkOWuCK+krCIhEmRWW34k2JaTvJFQ791oQ19F/9wNQ72LOOndYrrv5s5d7CL7LnqKDdggvYH
        ll8s3tKLvbOdq34AgzsEiDcNIhdCtm4n2e4tndB/QBvCKmLIqdjTopDGOASZFJaq+kejJXj1g8+1PQwhmQVZc0QNdTXg2myylX9OBAAuzqaPnD/3bK3iftFf14NZidCr
        sZf+MvaGNhOaQnEGRLslhg/zP1OSAOPMuKdzhCLKD6DHRLTBnRXF1KPLCC4gp44gtaSWWwQ1lcvKytUAta27bNWX5qS5xepqHy5lO1R02id/GBgEgJSsng4eCyAGjRwc
        5aEUpNtxlQV6bOTSIcM2/cKRkP7o/4Vcrot/fALuwh+XLIJwZtnG3MSkF5vETqm4ir5RJL94sHHgnpr0P3OabhAwCR/Akec+3ER/JcaL+EuN96qPCRq0JmK5PgLCcAOv
        x7DKae/PpgvVPU14zrfE0sj9Xtfos1Ak3oSeBkAK0UX9soNI0isxfM7HBMQB+I2xrypTSCI/XO/ZFOQEydc4BdDedyEYgUhvG/Sq2srdOuJYjw23teaVf+1Qo3T1Qc/l
        5OkjyC7Efls9LHCtZ2DHnNUIC0kL3HX5714dF/CXix6HcHdfkCuUY+aYDhaDskVHUbotrUouZGCSS9YP9JsDIwyxH80EoDiOYIdMNdP2z8TdSHZl4bFleHUerqieEmv1
        gERZbjGIx6ljEBe+Hy3NfWEjMYMv+HVUYNxJaqmaYeoFPHjnJgehghP/nvS7iAkDuR6aQ+Cx8O0VEbLsovQlP8+9fQ+uvzaA+/CkXfIxVEiCycRlBccm1WkF0C/QRsFl
        LY/QbRUoahqPi2n72CXKQh/YD16boaI/kkk3rQSa3uxgx4/qGt+bHvforE0d7RjxqAGwvaj+mogJiCX/Pu9cH8aMvqFDMQs5VDKT8/X7z0dzsCBUwLx58AVUlHx2BLNj
        icDEX1l6iPNxNFa0z9g7MMtlILYkqgnIEgZqjNVC3GfhnkyStWK04PZ5n+V9nU9PPgtvq/9LH8GQvx54d168vjZV03DKbAj0jez2FTpJie6raSH4R1+FGX9R1lHlY5lC
        V99Xl35fIZtIeXUd5XqwN0tAeiGttLpSC7Nee3UIZ1v0n05DIZBFFCPL1Sn8ebIrqunLHYZgw6ScRWrAO8BsDvOwL32KzUCRkxUgb7OOcVE5yb1viaWGNP5oPfA/W9px
        l2T2w4ExvFuhxTJERy73ODSt4EuGygjddTFBrAqaIw4kZzUGCgRAGLybddUBNLIOYhnBP4MltaAgHpRT9vAS/nLoKe4cY3/jADepISoxxucTcmps1M8t1m/9unfx4oAO
        cXlA8jHQSqLk6I3qCEdUlH2EjAJxhWv+ZZkiQIRJhYqB+mWD8GLZaJjRjsU2ZPAGfrm5xArSV5upgCq9jRvyh+SdlK45fnhNsUtfcBDuT8QubjyLqANwr8GI/OyvRm6o
        MNexY2LlyTKZgLmB3sxxdPP/cKNdihgO4S7Qy//U6NFOtQM4fklZ9wLUKTEJ6SLrVhNx+ashR1gh+FVdkvCqHD2EGm8eq9TmY5k2NsdUzis8P2prbQsWHnd7gpbX3Of9
        FilwSWSU1PYHFiRKWn+3zuQOHVZeZWZpfo+TAAAAAAAAAAAAAAAABRATGCEr
        """);

    private static readonly WycheproofMlDsa MlDsa87 = new(
        "3034020100300b0609608648016503040313042280202a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a",
        "d43128fa8a8c785c1d44c9e7db538dbf9dd88fe6c8ad911a344bcec1017c6d54",
        "00d86c57be5399a1841b734bbdc6ad234218ec65376768f844bec76cd3585696d6e648ec8a069bd929f2be80051679f2b8bec414f715261148f42eddaf3a9b43",
        """
        ukJ1/1TCLS0J6hk3oGZzYqzUSSXG1pZfrTULER0cvM5o3b0OV20aiBDrTnFiN4HzL3R9RMjmk3Sd8ZFoL1iJBpSdl2F6Sw7FStlmgY3uiLlfDyjKJL/Fv+DDFhQLBmLE
        MJOuSLiZzHHlc56dZwle2Yenm2oOeqyWDDxBJfDpK8lDXRC//640uzrwXpd+vguvy+sjgcWv4zeWZ7TCAa6/Fi29CkvRuqiPsviPqXBJmoSHN9PPlMyM4niIChacrZHz
        BOTo8QkdTPOdmjq5+I3MbzvE3zEaW+DLopA2Wz6HlSfip38MtuzMnYWl5ZL7APOi6SWibSlaa4J0bX9TTIPDW8SCbuSRAha5ooZwMmmJlvsOFmm1OczS7HTRgfSETo9N
        KPnBdDFsEtrbVMsd3nM4I4ogcxwlZbuVn44whic+0Dq8esUVcodQYzCDwLOXsp04XRP1r9JSmzLwDc5mydyOqT2ZyLYcXgqy/HDeKo2r3K8pDVPo/KdWG9qMUWrUdeTs
        bHzSYDqjyKcdn6XcfvwzzzGL68HxWU5uolxpuPnONKZbirCujdNTi9Jn2GxYS481TX5Hdu1N1Zpz+ecKHfVy8DO2mz6vpakB4CUVRy43JYYIh1ykad4H23HNa43H7es9
        hm7S0hnkT8sTOgZuidjjATVpym8f7nv0rlam0ypfPlpTCBnDGq2ryKiFA+2+qc36MXF2Lh6Lzrr5u2r35UAQLV/IELvPHgKuVk4E2dxV2rCpOS1slaMXcw2Xk5VNossW
        VE0VQD0NsB6FiB4tTxubmEWOGvCYX5iwFPCPIAVY8v7Xpww1KidCO+3uuzd1wKHt6dRh0q6jA8Ccix9z/Dels6AfskoTFXT36skMeLqjjOvoHiM12v2iApn3bWoLp30p
        VNETgWdPQGn0XhM4htZCItklg9WQjjq262pyz7QffcPnHBODiI9hYkvcrxL7cW3pgjLuMprx3QRfMNN3I023v9Ed2rCzEIMp4WzlaMi62jmpjfWl9ypy8GP6QlMxOoBg
        E/Yc5a2+VM9CGA6/bklr1LQq6s8GmqqOHCMf0DezlNeKadF0K0W8V4SrhZOhmAd0I8TDV9c0+Ymc/ps7Yra5w/TXgbhISj/Q7qfo1pRfS6KwRv7gebfwMr67xAKRjaoq
        oclDPcO8+9f0ml16KTgzwhwbrePop+w8g9SFUp3lG1mTzf/iO3cOJayrCrn7MFnxSVLZRk6/o2pidNjaMXp7B8Kv44uijKlCz3v67kAg5ZkRwEeyqiTReHuq4bw1RjZL
        eCNYZ211x2mHafHUoNXcyt5/z4DjCEN/f8JP379yYlq/Gw9TTaYs+GDaHv2YaVDj4ZoIWZn00Aj844RZxnO+/N8ih8F2bhBr608xdel4EtoUEzDcsr6zJl44yEI8Gd1Q
        plXJ6NyWn2Nn8zg7ZE1Tomh11TzqJt5Ckma1BucOfmgyiG7QbYFziwtIK9I72jlutnTd/bZIA9bE+uLwQBcLWiiSMnmDi3uHYiDQLcdHhmb3wyh7G6Si+CKOjEkaVbpF
        mAXGAbmGyuon7pQ29jODNRx01nNkOxX2AH/G3EnjN6Zaipbs1+70rXML89wZcvw5ZwPuJq8RVtxL60bEfZm7aeva+Bwtc40PcOV6LHFi9aVSQiVWdfIggqpD9bPdhitT
        WyoVu4FbTp+vFqMCVSzWCY1Akw3616fGCdauregUJCqL8HIcHCbQ09qnpjiICmQRxlONgMJZ0xtjmq2upJVjqNf13bZCkdawhsgNcr/n0mgCy9IP1rpUlQEeQtocgkg8
        vo43g45zxI959lsgVHa+5gA5n+2mqqqTnu4SyzS+Tmvb0YAyyFtUonE1Ud5nehbKAUL/l7d7yWPo88V9kd+bSUdLAcpRRkGEKJOrwxgcruP0m2NdF9r0G8xK6xEW7Es+
        eP8UgM86XZxqFUOEuIUWg00ZGWl24rqXzukfeg1z9/gUbljcD8j1EFEdOdgqe6UxpKvM5rYkA111OjfFmANDz8dyTPg++wwz/Eq7WwAiQb9XpGtny1pMvWN7Lxm8k7No
        2X4TxqYshEPIIi4KkMPtGXLMc5uCT99yntjsoCrZa9eL9tKz0oU+JPqTGZ/0FjUXazGqsiBwE9CpMX+klmjf62crgSnmF1opmGQquOdPCCPjtUgK6AGAyjlfU0h0Sjx7
        NEiR8AiqtlkUdgtf6FJhWtZCUhaxxed32xpGUXzQGneyd8+ixvJQwtaMSV/vKP7ubgcWgX1rMHFvXKSAAYBQQhM+yhekHCIZeEzg8ShYzP03HHe5CWbqBMOZaFHt8xrv
        lilGYoAH3lUxsG/d80SfbFUur24Ws+kWDiZZALjI5BRzJQXgJmDhI9RaPW8bFeVv11nTjoIeJ+hJZ+lcSw0qSOAIiX5lXRtlt2KZ8eMHQgmr5Es3+HhrAt8jqk3OvlEu
        YxLxo9bXgddJY1JHrKiXYm9e5oj1F99s/pR93q2CDwf+1Ly+fxvuPxkRe1Zm3BI9Uo8r8D2zRtavtTgEsGga6pipR5/G3lrpdNLA0gVfB7qKHS2Lan4IpoBb2GNMwZDE
        mItQL0dcNteMez3aAFfIGINbvyHFp8E7tv2RzTz9dqvkwv+QigijAAuQIVAP+UspfOwPs+UbHK5wJqtDR7/VtqZBo9NH9FoqKqzSLlIeANoMOYbGdnLF19fmHn7a/BXU
        KqQss3+oYh956QlrCS7+hTqzGLPku9kPIBZaG+HTqls95DdRtlq72VJZmGl3g5PENRq49TT9SeFlR98BxAv69W3mC0+wAZvDQXfMjiI20hn7PAuE3trmuI4TQoDqvRgj
        QgzRr+bZKXdJZ/19iF+60z2J7Z3F4OuXjqtdlsUL7ViHqoJ3iAx7Br8ngM7oLOY5oeM0TIiiUQLtzBeky0iYnErWqZhybt4x3rC5gQf0CFi614ZJg/bs3wyXYaQnUbGd
        U2Dap/3bvS4ikmOLlcdjyh50fu3vDdOH6dnsnlr+4gfYxFcDxb78LeOHjTE2Vc6FrZhCUM3wVDYPM9QdwZMGDULPlSix+5HWyjOVGZ4loadznrqaakrCxBeuYVlAs+sb
        dG3Q7Mey96zf+IcRARVin3CHfa/NemYl+hueJWvI/h1mAF288S/eCl/NpdTyPVjs6R1g65EnTfjZ0X1KOeY1M6zxsxfbl5sEyjq5oLy6ZS0AEMo/zTPtj4pi+vQveLN5
        EtOttBDyC/FrMTWcrMJft4MIOj8GXwot1v5YuPWU4RqHvw9MX1ST8zTBiwPr3v685QIok37BOowiG2F0UEhikQcfPBT2T2bJJ91L1iPCFKw1QzuKaHXN8AkWR26sDxlo
        WKoUhLwc1FtybTOpZWGYKbjeqp2foMPCEPI5Z84mpL3ZOc/4qmYvcPsK+X7kS8ueJ1UAChlXQdiRnk3LGlyq4hAJ9ob6FInHLxb5/udrVBDs5/QGlH9KGfOUpRIdp58y
        Fnd7D+5UIzKBVuzwtFSNvVs/e1Jta5z9V1dvZ91SHDFMLTdHTtDPcyw7BzoQHHNaTE5rM8mqoSyR0UetEHWiAofTbDiGV2FKnGSNjknM6M+igrKi6OnabkRE5Lau0b0K
        2lAJozXNBQC9rpoBuX9+jP6DcjmOdQ3pLuSlJDk6GYJtGd5edi+1Ooi5tGV+nG19AaQSTj45Uy9hSuxcuI2YK3iy/1aAF8kvahzlKYtfMjte5haVA47ww6ejOc+sMc94
        daRWMEakDns1zvHTfYEbNC/LtTcxIkFb78I8tlamGffCYsRDQDsjuiDjQaB5kY3sb0+AG5J4EXmtesGVHzndsLHx+5WyjA9Fk6BEhvDg6GuzsBRnSHmq0Q9B4LrTTUC8
        gXtv1Dwd3oVHiC2C5REeIIEH6clzbRbKd6x0U9e2x5dqfdakxsAlIYW8mUhmCge2YVGwm5gNhXKugpqy9tkAzGMGbE7LOgMX6Kmsqo4iohZyHz1pxnhD3y++3Yi8Qk92
        HN9CDeT/LFW2klsYJsHEE0CQ0qroKn9kqNQo7+GyEJem/bybijHE1Gx7MtR4v1uRgb74r000hpWNfBmMRqWtdxCQu2Tn/CvXZ3rnYYuGHIPBMXcHUGNRfv9Az9Uq5WZQ
        6ecDX3g7/okgx1TphHCzJ5CawqQH4HhkcQVEuK28B1UCx1tfD9vKDN5dlLATFByWtVrhtgq2P555JkFpCvQbBaeCM5Nf1/goUuuyYCoQRZpwklbEHRCMKutxklCJzHmx
        Ieq9XtxU8/fIkpaFuIqylwDH+y8kfNeWLIzm3J95+TWNanmJ0kzMF9Dbqgt/vnNHkWQYGufWtqAmeMzkb3TqK9OH7LcwQYF7QpoCIOHDY1/kkvXzqOK2XAhv4kw3VWPX
        IghW3Y+XBxbVSEkpZKFWVU3IiBDDxPgdzDroAkPhlnmjvpybG4xwe0FukWbFSlaLudhHKMGig9kjGhKxNojOI2KQE0JlLWa/RM7CI/Vh0nNdl3xq3PV+kGYiDQdw/Hf9
        9v82ei82riAGKIe+uI0bRT8meu+bx2OrcWusuSFMOLlfTy8/bCNqpxrvg8GuSyYTNniIRHbB18bT57mfE+AorGzr3frkeT+a6XXz1mtyW1AOfH0vZk6qDDWN65HLLWFz
        OUswZ0nSv7JoS5hXab22gukit1VV042tGJkFemTvbqNh5HEiRNAtDf7Iw9QHcBIncMJTjWoUqEYu8Y63BcFuW6MKpTZkR8lIaQYOTfFV99Af/aBMHO0K1fvl/dhYVuHk
        kyAxlofTGm5McUVHn0X0OpuOn/5Mus+tSiHlRF4RnfKZbM6LEdDyJO+08YtUTUVuL7HZb82Z/DGdvYZyBiGsJbSQ82EfflZVuzlApQPAfb9B9Lh1k1laZgCICHRGaDca
        VM4bnf2qFvkEFeV0cLwjiY0T2DUbo0Np6WNH2hPQErTqsyrakGaGVMXtK0M3FrG0Fw9kDPS0Blnvz0FQI3u8JfcrJIvoXNSCtVzi9fc+jwLv0kZYBbN9Ekh0ZewQhbxm
        ArcYYnca8T4TuuzkkWsd3vnOAWyS25+56CruXhxOIsRQkK0cGYAc4cVB/zkCuup6EtvKxuwtEorHrLIDRjkhymzh0YLWDVU93sxKMXXuwukk6RkeDWmqScoLZTSVuMYr
        gC5EPmaSIPKkBHpW7Vy3Qxozh6Q1BweV5uY9JCp0VV6XNxmJxtAEB0jomsMWYY1dbre/+NkelTr74ARk305PY4DCc7esWTTKy2w75NpmScil6hK9+a+h7B5QU9t2aMEK
        4t91xLOxRSU2m/M3QVJadjAViso9PH2lwdcdP2PAwpSKQyNpaNYjxsFj63V/DHjWrmgv9OS2c74HGT6NbBBskoUbOT8FI0kdUVLgbeZ1+iKue97TKYNqjKC5VaWctXU5
        WVLG6gyxZE8sraGWuWtE7hIRX/lmjjKIYQPY+BCfrEoih3OO4dLUwcGdq5TqonV+oyAW32DXKGCZ6wELpXC1eRzkxU2GCxXVbFOl3bVDsLYCs6h8pSE6qWR+UbHLFzZp
        dQYIEkD09xY6ZG8r4w5ixhfXVy2CChE/ljIINKL0OEIWBRGSO9HvT3I6KrmyQv/+l88Bmcny68omamO+6gryefLRhlGy6peJ0DAlhXyK78X4vG7pKrfG/+0mBvnH7yXL
        bJYUAlagjMWCGIacUvPlB0/lrOh6hgV8wp/IRf8nXxstvFmRy+vkxVaynOPaNBWVjwycaKXGZKHaYDZc5WuaTfJOxdacb1ouaFiF9pc8DM1Mr34AA0a96lArFBjIgZ4F
        u3vuMbvSNYGbSciS99ra3ldsuMpovakWpZjDLsA8zrotAaeWDzhoD6zM2q8F4lTdjDYxpyItFWHJmMVLFvF6Ql8yRyMtygNdVFIC4bGANAIZzjHGaYe8hvmDJA5/0skm
        6K935uqfQTn/HtwMMjtnzq3q2PZKgAQWTZQvaqZaKFRNcgXUGq/mLFv8b9n8Mi4qi2IFMtANGt16DSWp26/5DhneFKwsqX6Dotd+Y4iLoPfq+bGKfy5fFI0WiHWA5V6J
        SueQJDhfQ5rNBxSU5kabd9B+djVTZSpHDztL2Lt5aAUvOpadrM7VFXK9ElhwhJzj5VNZsuF+q8MVO19iho6gyh9Ac4SI2+ACDBA/U2eLnrHBAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAHChEVGCAnMQ==
        """);

    public static byte[] Seed { get; } = [.. Enumerable.Repeat((byte)0x2a, 32)];

    public static byte[] Message { get; } = "Hello world"u8.ToArray();

    public byte[] Signature => Convert.FromBase64String(SignatureBase64);

    public static WycheproofMlDsa Of(KeySpec spec) => spec switch
    {
        KeySpec.ML_DSA_44 => MlDsa44,
        KeySpec.ML_DSA_65 => MlDsa65,
        _ => MlDsa87,
    };
}
