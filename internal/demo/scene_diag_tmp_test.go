package demo
import ("testing";"image";"image/png";"os";"image/color";"sort";"fmt";"github.com/safelight-dev/safelight/colour")
func TestDiag(t *testing.T){
 rd,_:=NewRenderer(1,256); e:=NewEncoder(256); rc,_:=NewRecipes(); px:=make([]uint8,3*65536); de:=make([]float32,65536)
 im:=image.NewRGBA(image.Rect(0,0,6*256,2*256))
 for i:=range 6{ rd.Render(i,px); ref,_:=e.Append(nil,px,90); rp:=rgbOf(t,ref); d,_:=e.Deliver(nil,px,rc.Unrelated[1]); dp:=rgbOf(t,d); colour.DeltaERow8(de,rp,dp)
  s:=append([]float32(nil),de...); sort.Slice(s,func(i,j int)bool{return s[i]<s[j]}); fmt.Println(s[len(s)/2],s[len(s)*8/10],s[len(s)*9/10],s[len(s)*95/100],s[len(s)*99/100])
  for p:=range de{ v:=uint8(min(255,de[p]*50)); x,y:=p%256,p/256; im.SetRGBA(i*256+x,256+y,color.RGBA{v,v,v,255}); im.SetRGBA(i*256+x,y,color.RGBA{rp[3*p],rp[3*p+1],rp[3*p+2],255})}}
 f,_:=os.Create("/tmp/demo_diag.png"); png.Encode(f,im); f.Close()
}
